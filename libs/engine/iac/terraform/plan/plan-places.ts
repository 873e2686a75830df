import type { Block } from '../../hcl/syntax.ts';
import type { Place, SourceFile } from '../../model/value.ts';
import { folderCalled } from '../call-modules.ts';
import type { Module, Written } from '../scope.ts';
import type { Configured } from './plan-configuration.ts';

/** Where a planned resource is written. */
export type Places = {
  readonly whole: Place;
  readonly head: Place;
  /** Where one of its arguments or blocks is. */
  readonly of: (name: string) => Place;
  readonly isSource: boolean;
};

type Beside = { readonly file: SourceFile; readonly modules: readonly Module[]; readonly configured: Configured };

/** Finds the place of each resource of a plan: in the sources that it was made of, where they are in the tree, else in the plan. */
export function planPlaces({ file, modules, configured }: Beside): (address: string, key: string) => Places {
  const root = rootModule(modules, configured);
  const byFolder = new Map(modules.map((module) => [module.folder, module] as const));
  const inPlan = addressOffsets(file.source.text);
  return (address, key) => {
    const written = root === undefined ? undefined : blockAt({ root, byFolder }, key);
    if (written !== undefined) return placesIn(written);
    const place = { file, ...(inPlan.get(JSON.stringify(address)) ?? { start: 0, end: 1 }) };
    return { whole: place, head: place, of: () => place, isSource: false };
  };
}

// The module that holds most of what the plan's root module does, and at least half of it.
function rootModule(modules: readonly Module[], { rootAddresses }: Configured): Module | undefined {
  const scored = modules.map((module) => ({ module, hits: rootAddresses.filter((address) => module.resources.has(address)).length }));
  const [best] = scored.toSorted((a, b) => b.hits - a.hits || (a.module.folder < b.module.folder ? -1 : 1));
  return best !== undefined && best.hits > 0 && best.hits * 2 >= rootAddresses.length ? best.module : undefined;
}

type Sources = { readonly root: Module; readonly byFolder: ReadonlyMap<string, Module> };

function blockAt({ root, byFolder }: Sources, key: string): Written<Block> | undefined {
  const calls = [...key.matchAll(/(?<=^|\.)module\.([^.]+)\./gu)].map((match) => match[1] ?? '');
  let module: Module | undefined = root;
  for (const name of calls) module = module === undefined ? undefined : moduleCalled(byFolder, module, name);
  return module?.resources.get(key.slice(calls.reduce((length, name) => length + `module.${name}.`.length, 0)));
}

function moduleCalled(byFolder: Sources['byFolder'], caller: Module, name: string): Module | undefined {
  const call = caller.calls.get(name);
  const folder = call === undefined ? undefined : folderCalled(caller, call.node);
  return folder === undefined ? undefined : byFolder.get(folder);
}

function placesIn({ node, file }: Written<Block>): Places {
  const head = { file, start: node.head.start, end: node.head.end };
  const spans = new Map(node.body.attributes.map(({ name, span }) => [name, span] as const));
  for (const { type, labels, span } of node.body.blocks) {
    const name = type === 'dynamic' ? (labels[0] ?? '') : type;
    if (!spans.has(name)) spans.set(name, span);
  }
  const of = (name: string): Place => {
    const span = spans.get(name);
    return span === undefined ? head : { file, start: span.start, end: span.end };
  };
  return { whole: { file, start: node.span.start, end: node.span.end }, head, of, isSource: true };
}

// The first mention of an address is in the planned values, which come before the changes.
function addressOffsets(text: string): ReadonlyMap<string, { readonly start: number; readonly end: number }> {
  const found = new Map<string, { start: number; end: number }>();
  for (const match of text.matchAll(/"address"\s{0,100}:\s{0,100}("(?:[^"\\]|\\.)*")/gu)) {
    const name = match[1] ?? '';
    if (!found.has(name)) found.set(name, { start: match.index, end: match.index + match[0].length });
  }
  return found;
}
