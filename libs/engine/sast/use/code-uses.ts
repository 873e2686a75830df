import { limits } from '@lib/contract';
import type { CodeUse, ModuleUse, SourceText } from '@lib/engine/sdk';
import type { Unit } from '../taint/instance.ts';
import type { Session } from '../taint/session.ts';
import { buildCodeGraph, type Node } from './code-graph.ts';
import { followPackages, type Sighting } from './follow-packages.ts';
import { memberPath, packageSpecifier } from './origin.ts';

/** A file that was analysed, with its text. */
export type UsedFile = { readonly unit: Unit; readonly source: SourceText };

type Gathered = { specifier: string; imported?: number; called?: number; members: Map<string, number>; escapes: Set<string> };

const languages: ReadonlySet<string> = new Set(['javascript', 'python']);

/**
 * What each file of a batch does with packages of npm and PyPI: which it loads, calls, takes members of, and which of them go where nobody
 * follows. In the order of the files. Bounds: `sastMembersPerModuleMax`, past which a file is not whole.
 */
export function codeUses(session: Session, files: readonly UsedFile[]): readonly CodeUse[] {
  const read = files.filter(({ unit }) => languages.has(unit.module.language));
  const { sightings, cut } = followPackages(
    buildCodeGraph(
      session,
      read.map(({ unit }) => unit),
    ),
  );
  const byUnit = Map.groupBy(sightings, ({ node }) => node.code.unit);
  return read.map((file) => useOf(file, { sightings: byUnit.get(file.unit) ?? [], cut }));
}

function useOf(
  { unit, source }: UsedFile,
  { sightings, cut }: { readonly sightings: readonly Sighting[]; readonly cut: boolean },
): CodeUse {
  const modules = new Map<string, Gathered>();
  for (const sighting of sightings) {
    const specifier = packageSpecifier(sighting.origin.specifier) ?? sighting.origin.specifier;
    const module: Gathered = modules.get(specifier) ?? { specifier, members: new Map(), escapes: new Set() };
    modules.set(specifier, module);
    gather(module, sighting, source.position(startOf(sighting.node)).line);
  }
  const all = [...modules.values()];
  const isFull = all.some(({ members, escapes }) => Math.max(members.size, escapes.size) > limits.sastMembersPerModuleMax);
  const whole = !cut && !isFull && !unit.exhausted && unit.module.limitsReached.length === 0;
  return { path: unit.module.path, whole, modules: all.map(bounded) };
}

function gather(module: Gathered, { origin, does }: Sighting, line: number): void {
  const path = memberPath(origin);
  const first = (known: number | undefined): number => Math.min(known ?? line, line);
  if (does === 'import') module.imported = first(module.imported);
  else if (does === 'call') module.called = first(module.called);
  else if (does === 'escape') module.escapes.add(path);
  else if (path !== '') module.members.set(path, first(module.members.get(path)));
}

function startOf({ code, id }: Node): number {
  return code.fn.spans[id * 2] ?? 0;
}

function bounded({ members, escapes, ...module }: Gathered): ModuleUse {
  const named = [...members].slice(0, limits.sastMembersPerModuleMax).map(([name, line]) => ({ name, line }));
  return { ...module, members: named, escapes: [...escapes].slice(0, limits.sastMembersPerModuleMax) };
}
