import { err, ok } from '@lib/kernel';
import type { InventoryReader, LockedPackage, RootRequest } from '../dependency.ts';
import { childOf, readIndentedTree, type IndentedNode } from '../syntax/indented-tree.ts';
import { inventoryOf } from './inventory-of.ts';
import { aliasTarget, requestsBeside } from './npm-manifest.ts';

/** yarn.lock of Yarn 1 and of Berry: descriptors (`a@^1, a@^2`) at the margin, then what they resolve to. Source: yarnpkg.com. */
export const readYarnLock: InventoryReader = (source, around) => {
  const tree = readIndentedTree(source)?.filter((node) => node.key !== '__metadata');
  if (tree === undefined || tree.some((node) => node.children.length === 0))
    return err({ code: 'syntax_error', detail: 'not a yarn.lock' });
  const byDescriptor = new Map(tree.flatMap((node) => descriptorsOf(node).map((descriptor) => [plain(descriptor), idOf(node)])));
  const resolve = (name: string, range: string): readonly string[] => {
    const id = byDescriptor.get(plain(`${name}@${range}`));
    return id === undefined ? [] : [id];
  };
  const packages = tree.flatMap((node) => packageOf(node, resolve));
  if (packages.length === 0 && tree.length > 0 && !tree.some(isOwn)) return err({ code: 'syntax_error', detail: 'not a yarn.lock' });
  return ok(inventoryOf(packages, rootsOf(tree, requestsBeside(around), resolve)));
};

type Resolve = (name: string, range: string) => readonly string[];

// Several folders of one workspace each have a manifest; Berry's lock file says what each asks for, but not which of it is for development.
function rootsOf(
  tree: readonly IndentedNode[],
  requests: ReturnType<typeof requestsBeside>,
  resolve: Resolve,
): readonly RootRequest[] | undefined {
  const dev = new Set((requests ?? []).filter((request) => request.dev).map((request) => request.name));
  const own = tree.filter(isOwn);
  const asked = own.flatMap((node) =>
    (childOf(node, 'dependencies')?.children ?? []).flatMap((child) =>
      resolve(child.key, child.value).map((id) => ({ id, dev: dev.has(child.key) })),
    ),
  );
  if (own.length > 0) return asked;
  return requests?.flatMap((request) => resolve(request.name, request.range).map((id) => ({ id, dev: request.dev })));
}

// A folder of the project itself.
function isOwn(node: IndentedNode): boolean {
  return /@(?:workspace|portal|link):/u.test(childOf(node, 'resolution')?.value ?? '');
}

function packageOf(node: IndentedNode, resolve: Resolve): readonly LockedPackage[] {
  const version = childOf(node, 'version');
  const [descriptor = ''] = descriptorsOf(node);
  const name = nameOf(node, descriptor);
  if (version === undefined || name === undefined || isOwn(node) || version.value === '0.0.0-use.local') return [];
  const needed = ['dependencies', 'optionalDependencies'].flatMap((group) => childOf(node, group)?.children ?? []);
  const asks = needed.flatMap(({ key, value }) => resolve(key, value).map((id) => [id, value.replace(/^npm:/u, '')] as const));
  const source = childOf(node, 'resolved')?.value;
  return [
    {
      ecosystem: 'npm',
      name,
      version: version.value,
      id: idOf(node),
      startLine: node.line,
      endLine: version.line,
      dependsOn: asks.map(([id]) => id),
      asks: Object.fromEntries(asks),
      ...(source === undefined ? {} : { source }),
    },
  ];
}

function idOf(node: IndentedNode): string {
  return String(node.line);
}

// `"a@npm:^1, a@npm:^2"` in Berry, `"a@^1", a@2` in Yarn 1.
function descriptorsOf(node: IndentedNode): readonly string[] {
  return node.key.split(/,\s*/u).map((part) => part.trim().replaceAll(/^"|"$/gu, ''));
}

// Berry writes the protocol in descriptors, and not always where they are used.
function plain(descriptor: string): string {
  return descriptor.replace(/^((?:@[^@/]{1,100}\/)?[^@/]{1,214}@)npm:/u, '$1');
}

function nameOf(node: IndentedNode, descriptor: string): string | undefined {
  const resolution = childOf(node, 'resolution')?.value;
  const [, name, range] = /^((?:@[^@/]{1,100}\/)?[^@/]{1,214})@(.*)$/u.exec(resolution ?? descriptor) ?? [];
  return resolution === undefined ? (aliasTarget(range ?? '')?.name ?? name) : name;
}
