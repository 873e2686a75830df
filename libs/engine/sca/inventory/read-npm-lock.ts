import { err, ok } from '@lib/kernel';
import type { InventoryReader, LockedPackage, RootRequest } from '../dependency.ts';
import { parseLocatedJson, type LocatedJson } from '../syntax/located-json.ts';
import { asTable, asText, type Table } from '../syntax/loose-value.ts';
import { inventoryOf } from './inventory-of.ts';
import { aliasTarget, npmRequests, requestsBeside } from './npm-manifest.ts';

/** package-lock.json and npm-shrinkwrap.json, lock file versions 1 to 3. Source: docs.npmjs.com/cli/configuring-npm/package-lock-json. */
export const readNpmLock: InventoryReader = (source, around) => {
  const json = parseLocatedJson(source.text);
  const lock = asTable(json?.value);
  if (
    json === undefined ||
    (lock['packages'] === undefined && lock['dependencies'] === undefined && lock['lockfileVersion'] === undefined)
  ) {
    return err({ code: 'syntax_error', detail: 'not a package-lock file' });
  }
  if (lock['packages'] !== undefined) return ok(fromPackages(json, asTable(lock['packages'])));
  const requests = requestsBeside(around);
  const tree = asTable(lock['dependencies']);
  const roots = requests?.map(({ name, dev }) => ({ id: `/${name}`, dev }));
  return ok(inventoryOf(fromTree(json, tree), roots));
};

const modules = 'node_modules/';

// Versions 2 and 3: `packages` is keyed by folder; a folder outside of node_modules is a workspace of the project itself.
function fromPackages(json: LocatedJson, packages: Table) {
  const folders = new Map(Object.entries(packages));
  const found: LockedPackage[] = [];
  const roots: RootRequest[] = [];
  for (const [folder, value] of folders) {
    const entry = asTable(value);
    if (!folder.includes(modules)) {
      for (const { name, dev } of npmRequests(entry)) roots.push(...resolve(folders, folder, name).map((id) => ({ id, dev })));
      continue;
    }
    const version = asText(entry['version']);
    if (version === undefined || entry['link'] === true) continue;
    const asks = { ...textsOf(entry['dependencies']), ...textsOf(entry['optionalDependencies']), ...textsOf(entry['peerDependencies']) };
    const named = Object.entries(asks).flatMap(([name, range]) => resolve(folders, folder, name).map((id) => [id, range] as const));
    found.push({
      ecosystem: 'npm',
      name: asText(entry['name']) ?? folder.slice(folder.lastIndexOf(modules) + modules.length),
      version,
      id: folder,
      ...place(json, value),
      dependsOn: named.map(([id]) => id),
      asks: Object.fromEntries(named),
      ...factsOf(entry),
    });
  }
  return inventoryOf(found, roots);
}

// Node looks in the folder's own node_modules, then in those above. A link stands for the folder it points to.
function resolve(folders: ReadonlyMap<string, unknown>, from: string, name: string): readonly string[] {
  for (let base: string | undefined = from; base !== undefined; base = above(base)) {
    const folder = `${base === '' ? '' : `${base}/`}${modules}${name}`;
    const entry = asTable(folders.get(folder));
    if (folders.has(folder)) return entry['link'] === true ? [] : [folder];
  }
  return [];
}

function above(folder: string): string | undefined {
  if (folder === '') return undefined;
  const nested = folder.lastIndexOf(`/${modules}`);
  if (nested >= 0) return folder.slice(0, nested);
  return folder.startsWith(modules) ? '' : folder.slice(0, Math.max(0, folder.lastIndexOf('/')));
}

function factsOf(entry: Table): Pick<LockedPackage, 'dev' | 'license' | 'source' | 'runsOnInstall' | 'hasDigest'> {
  const [license, source] = [asText(entry['license']), asText(entry['resolved'])];
  return {
    ...(entry['dev'] === true ? { dev: true } : {}),
    ...(license === undefined ? {} : { license }),
    ...(source === undefined ? {} : { source }),
    ...(asText(entry['integrity']) === undefined ? {} : { hasDigest: true }),
    ...(entry['hasInstallScript'] === true ? { runsOnInstall: true } : {}),
  };
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(asTable(value)).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])));
}

function place(json: LocatedJson, value: unknown): { readonly startLine: number; readonly endLine: number } {
  const startLine = json.linesOf(value)?.startLine ?? 1;
  return { startLine, endLine: startLine };
}

type Level = { readonly prefix: string; readonly tree: Table };

// Version 1: a tree of folders, keyed by name; `requires` names what is found at that level or above.
function fromTree(json: LocatedJson, tree: Table): readonly LockedPackage[] {
  const levels: Level[] = [{ prefix: '', tree }];
  const known = new Set<string>();
  const written: { readonly id: string; readonly name: string; readonly value: unknown; readonly entry: Table }[] = [];
  for (let level = levels.pop(); level !== undefined; level = levels.pop()) {
    for (const [name, value] of Object.entries(level.tree)) {
      const id = `${level.prefix}/${name}`;
      const entry = asTable(value);
      known.add(id);
      written.push({ id, name, value, entry });
      if (entry['dependencies'] !== undefined) levels.push({ prefix: id, tree: asTable(entry['dependencies']) });
    }
  }
  return written
    .flatMap(({ id, name, value, entry }): readonly LockedPackage[] => {
      const text = asText(entry['version']);
      if (text === undefined) return [];
      const target = aliasTarget(text) ?? { name, version: text };
      const asks = Object.entries(textsOf(entry['requires'])).flatMap(([needed, range]) => {
        const at = lookUp(known, id, needed);
        return at === undefined ? [] : [[at, range] as const];
      });
      const facts = { dependsOn: asks.map(([at]) => at), asks: Object.fromEntries(asks), ...factsOf(entry) };
      return [{ ecosystem: 'npm', ...target, id, ...place(json, value), ...facts }];
    })
    .toSorted((a, b) => a.startLine - b.startLine);
}

// Ids hold scopes (`/@a/b`), so what lies above is found by what is known, a part at a time.
function lookUp(known: ReadonlySet<string>, from: string, name: string): string | undefined {
  for (let base = from; ; base = base.slice(0, base.lastIndexOf('/'))) {
    if ((base === '' || known.has(base)) && known.has(`${base}/${name}`)) return `${base}/${name}`;
    if (base === '') return undefined;
  }
}
