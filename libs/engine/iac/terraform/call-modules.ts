import posix from 'node:path/posix';
import { limits } from '@lib/contract';
import type { Block } from '../hcl/syntax.ts';
import type { SourceFile } from '../model/value.ts';
import { membersOf } from './expand-members.ts';
import { inFile, withBindings, type Child, type Memory, type Module, type Passed, type Scope, type Written } from './scope.ts';

/**
 * The scopes to evaluate: each module that nobody calls, with the modules that it calls below it, one for each member of a call's
 * `count` or `for_each`. A module that is called from folders below its own only (its examples) also stands for itself.
 */
export function callModules(modules: readonly Module[]): readonly Scope[] {
  const byFolder = new Map(modules.map((module) => [module.folder, module] as const));
  const called = new Set(modules.flatMap((caller) => foldersCalled(caller).filter((folder) => !isBelow(caller.folder, folder))));
  const reached = new Set<string>();
  const open = (module: Module): Scope => {
    const scope = rootOf(module);
    instantiate({ byFolder, reached }, scope, 0);
    return scope;
  };
  const roots = modules.filter(({ folder }) => !called.has(folder)).map(open);
  // modules that call each other in a circle have no root: each that is left stands for itself
  const circular = modules.flatMap((module) => (reached.has(module.folder) ? [] : [open(module)]));
  return [...roots, ...circular];
}

type Calling = { readonly byFolder: ReadonlyMap<string, Module>; readonly reached: Set<string> };

function rootOf(module: Module): Scope {
  const memory: Memory = { values: 0, instances: 0, limited: false };
  const instance = { prefix: '', passed: undefined, known: new Map(), children: new Map() };
  return { module, instance, file: firstFile(module), bindings: new Map(), memory };
}

function firstFile(module: Module): SourceFile {
  const written = [module.resources, module.calls, module.variables, module.outputs].flatMap((blocks) => [...blocks.values()].slice(0, 1));
  const source = { text: '', lineCount: 0, line: () => '', position: () => ({ line: 1, column: 1 }) };
  return written[0]?.file ?? { path: module.folder, sha256: '', source };
}

function instantiate(calling: Calling, scope: Scope, depth: number): void {
  calling.reached.add(scope.module.folder);
  if (depth >= limits.iacModuleDepthMax) return;
  for (const [name, call] of scope.module.calls) {
    const callee = calling.byFolder.get(folderCalled(scope.module, call.node) ?? '');
    if (callee === undefined || callee === scope.module) continue;
    const children = membersOf(call.node, inFile(scope, call.file)).map(({ key, bindings }): Child => {
      const caller = withBindings(inFile(scope, call.file), bindings);
      return { key, scope: childOf(caller, callee, { name, call }) };
    });
    const kept = children.slice(0, Math.max(0, limits.iacModuleInstancesMax - scope.memory.instances));
    if (kept.length < children.length) scope.memory.limited = true;
    scope.memory.instances += kept.length;
    scope.instance.children.set(name, kept);
    for (const child of kept) instantiate(calling, child.scope, depth + 1);
  }
}

// Arguments that Terraform reads itself.
const callArguments = new Set(['source', 'version', 'count', 'for_each', 'providers', 'depends_on']);

function childOf(caller: Scope, module: Module, { name, call }: { readonly name: string; readonly call: Written<Block> }): Scope {
  const passed = new Map<string, Passed>();
  for (const attribute of call.node.body.attributes) {
    if (!callArguments.has(attribute.name))
      passed.set(attribute.name, { expression: { node: attribute.value, file: call.file }, scope: caller });
  }
  const prefix = `${caller.instance.prefix}module.${name}.`;
  const instance = { prefix, passed, known: new Map(), children: new Map() };
  return { module, instance, file: firstFile(module), bindings: new Map(), memory: caller.memory };
}

function foldersCalled(module: Module): readonly string[] {
  return [...module.calls.values()].flatMap(({ node }) => folderCalled(module, node) ?? []);
}

/** The folder of a local module; undefined when its source is elsewhere. */
export function folderCalled(caller: Module, call: Block): string | undefined {
  const source = call.body.attributes.find(({ name }) => name === 'source')?.value;
  if (source?.kind !== 'literal' || !/^\.{1,2}(?:\/|$)/u.test(String(source.value))) return undefined;
  return posix.normalize(posix.join(caller.folder, String(source.value))).replace(/\/$/u, '');
}

function isBelow(folder: string, above: string): boolean {
  return above === '.' ? folder !== '.' : folder.startsWith(`${above}/`);
}
