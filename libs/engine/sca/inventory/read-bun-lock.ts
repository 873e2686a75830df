import { err, ok } from '@lib/kernel';
import type { InventoryReader, LockedPackage } from '../dependency.ts';
import { parseLocatedJson } from '../syntax/located-json.ts';
import { asList, asTable, asText } from '../syntax/loose-value.ts';
import { inventoryOf } from './inventory-of.ts';
import { npmRequests } from './npm-manifest.ts';

/** bun.lock: JSON with trailing commas; packages are lists keyed by their place (`a/b` is b below a). Source: bun.sh/docs/install/lockfile. */
export const readBunLock: InventoryReader = (source) => {
  const json = parseLocatedJson(source.text, true);
  const lock = asTable(json?.value);
  const entries = asTable(lock['packages']);
  if (json === undefined || lock['lockfileVersion'] === undefined) return err({ code: 'syntax_error', detail: 'not a bun.lock' });
  const keys = new Set(Object.keys(entries));
  const packages = Object.entries(entries).flatMap(([key, value]): readonly LockedPackage[] => {
    const list = asList(value);
    const [, name, version] = /^((?:@[^@/]{1,100}\/)?[^@/]{1,214})@(\d.{0,200})$/u.exec(asText(list[0]) ?? '') ?? [];
    if (name === undefined || version === undefined) return []; // workspaces, folders, git
    const facts = asTable(list.find((item) => typeof item === 'object' && item !== null));
    const asks = Object.entries({ ...asTable(facts['dependencies']), ...asTable(facts['optionalDependencies']) }).flatMap(
      ([needed, range]) => {
        const id = lookUp(keys, key, needed);
        return id === undefined ? [] : [[id, asText(range) ?? ''] as const];
      },
    );
    const startLine = json.linesOf(value)?.startLine ?? 1;
    const edges = { dependsOn: asks.map(([id]) => id), asks: Object.fromEntries(asks) };
    return [{ ecosystem: 'npm', name, version, id: key, startLine, endLine: startLine, ...edges }];
  });
  const roots = Object.values(asTable(lock['workspaces'])).flatMap((workspace) =>
    npmRequests(workspace).flatMap(({ name, dev }) => {
      const id = lookUp(keys, asText(asTable(workspace)['name']) ?? '', name);
      return id === undefined ? [] : [{ id, dev }];
    }),
  );
  return ok(inventoryOf(packages, roots));
};

function lookUp(keys: ReadonlySet<string>, from: string, name: string): string | undefined {
  for (let base = from; base !== ''; base = base.slice(0, Math.max(0, base.lastIndexOf('/')))) {
    if (keys.has(`${base}/${name}`)) return `${base}/${name}`;
  }
  return keys.has(name) ? name : undefined;
}
