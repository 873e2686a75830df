import { folderCalled } from './call-modules.ts';
import type { Module } from './scope.ts';

/** A call of a module whose source is not in the tree: what it makes was not looked at. */
export type MissingModule = { readonly path: string; readonly detail: string };

/** The calls of modules that a registry, another repository or a folder that is not there would have to answer. In the order of the tree. */
export function missingModules(modules: readonly Module[]): readonly MissingModule[] {
  const folders = new Set(modules.map(({ folder }) => folder));
  return modules.flatMap((module) =>
    [...module.calls].flatMap(([name, { node, file }]) => {
      const folder = folderCalled(module, node);
      if (folder !== undefined && folders.has(folder)) return [];
      const source = node.body.attributes.find((attribute) => attribute.name === 'source')?.value;
      const from = source?.kind === 'literal' ? String(source.value) : 'a source that is not written out';
      const { line } = file.source.position(node.span.start);
      return [{ path: file.path, detail: `line ${String(line)}: module ${name} is not in the tree: ${from}` }];
    }),
  );
}
