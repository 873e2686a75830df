import { err, ok } from '@lib/kernel';
import type { InventoryReader, LockedPackage, RootRequest } from '../dependency.ts';
import { childOf, readIndentedTree, type IndentedNode } from '../syntax/indented-tree.ts';
import { devMark, inventoryOf } from './inventory-of.ts';

/** pnpm-lock.yaml, lock file versions 5 to 9. Source: github.com/pnpm/spec/tree/master/lockfile. */
export const readPnpmLock: InventoryReader = (source) => {
  const tree = readIndentedTree(source);
  const top = (key: string): IndentedNode | undefined => tree?.find((node) => node.key === key);
  if (tree === undefined || top('lockfileVersion') === undefined) return err({ code: 'syntax_error', detail: 'not a pnpm-lock file' });
  const snapshots = new Map((top('snapshots')?.children ?? []).map((node) => [node.key, node]));
  const instances = [...new Set([...(top('packages')?.children ?? []), ...snapshots.values()])];
  const packages = instances.flatMap((node) => packageOf(node, snapshots));
  const importers = top('importers')?.children ?? [{ key: '.', value: '', line: 1, endLine: 1, children: [...tree] }];
  return ok(inventoryOf(merged(packages), importers.flatMap(requestsOf)));
};

const groups = [
  ['dependencies', false],
  ['optionalDependencies', false],
  ['devDependencies', true],
] as const;

function requestsOf(importer: IndentedNode): readonly RootRequest[] {
  return groups.flatMap(([group, dev]) =>
    (childOf(importer, group)?.children ?? []).flatMap((node) => {
      const id = idOf(node.key, childOf(node, 'version')?.value ?? node.value);
      return id === undefined ? [] : [{ id, dev }];
    }),
  );
}

function packageOf(node: IndentedNode, snapshots: ReadonlyMap<string, IndentedNode>): readonly LockedPackage[] {
  const parsed = parseKey(node.key);
  const text = (key: string): string | undefined => childOf(node, key)?.value;
  const { name, version } = { name: text('name') ?? parsed?.name, version: text('version') ?? parsed?.version };
  if (name === undefined || version === undefined || /^(?:link|file|workspace):/u.test(version)) return [];
  return [
    {
      ecosystem: 'npm',
      name,
      version,
      id: parsed === undefined ? node.key : `${parsed.name}@${parsed.version}`,
      startLine: node.line,
      endLine: node.line,
      dependsOn: neededBy(snapshots.get(node.key) ?? node),
      ...devMark(text('dev') === 'true'),
      ...(text('requiresBuild') === 'true' ? { runsOnInstall: true } : {}),
    },
  ];
}

function neededBy(node: IndentedNode): readonly string[] {
  const needed = ['dependencies', 'optionalDependencies'].flatMap((group) => childOf(node, group)?.children ?? []);
  return needed.flatMap((child) => idOf(child.key, child.value) ?? []);
}

// One version with several sets of peers is one package whose edges are those of all.
function merged(packages: readonly LockedPackage[]): readonly LockedPackage[] {
  const byId = new Map<string, LockedPackage>();
  for (const found of packages) {
    const known = byId.get(found.id);
    byId.set(found.id, known === undefined ? found : { ...known, dependsOn: [...new Set([...known.dependsOn, ...found.dependsOn])] });
  }
  return [...byId.values()];
}

// `1.2.3(peer@1)`, `1.2.3_peer@1`, `/b/1.2.3` or `b@1.2.3` for an alias, `link:../c` for a folder of the project.
function idOf(name: string, written: string): string | undefined {
  if (/^(?:link|file|workspace):/u.test(written)) return undefined;
  const target = /^\d/u.test(written) ? { name, version: withoutPeers(written) } : parseKey(written);
  return target === undefined ? undefined : `${target.name}@${target.version}`;
}

/** `/a/1.0.0_b@1`, `/@s/a/1.0.0`, `/a@1.0.0(b@1)`, `a@1.0.0`, with or without the registry before it. */
function parseKey(key: string): { readonly name: string; readonly version: string } | undefined {
  const match = /^(?:[\w.-]{1,100}(?::\d{1,5})?(?=\/))?\/?((?:@[^@/\s]{1,100}\/)?[^@/\s]{1,214})[@/](\d[^\s/]{0,2000}.*)$/u.exec(key);
  return match === null ? undefined : { name: match[1] ?? '', version: withoutPeers(match[2] ?? '') };
}

function withoutPeers(version: string): string {
  return version.replace(/[(_/].*$/u, '');
}
