import posix from 'node:path/posix';
import { err, ok } from '@lib/kernel';
import type { InventoryReader, LockedPackage, RootRequest, Surroundings } from '../dependency.ts';
import { parseToml, tableLines } from '../syntax/located-toml.ts';
import { asList, asTable, asText, type Table } from '../syntax/loose-value.ts';
import { inventoryOf } from './inventory-of.ts';

/** Cargo.lock, versions 1 to 4. A package without a source is a crate of the workspace. Source: doc.rust-lang.org/cargo. */
export const readCargoLock: InventoryReader = (source, around) => {
  const parsed = parseToml(source.text);
  if (parsed === undefined) return err({ code: 'syntax_error', detail: 'not TOML' });
  const lines = tableLines(source, 'package');
  const entries = asList(parsed['package']).map((value, index) => ({
    entry: asTable(value),
    at: lines[index] ?? { startLine: 1, endLine: 1 },
  }));
  const byName = new Map<string, string>();
  for (const { entry } of entries) byName.set(nameOf(entry), idOf(entry));
  const needs = (entry: Table): readonly string[] => asList(entry['dependencies']).flatMap((item) => edge(asText(item) ?? '', byName));
  const packages: LockedPackage[] = [];
  const roots: RootRequest[] = [];
  const dev = developmentCrates(around);
  for (const { entry, at } of entries) {
    const version = asText(entry['version']);
    const from = asText(entry['source']);
    if (from === undefined) roots.push(...needs(entry).map((id) => ({ id, dev: dev.has(id.slice(0, id.indexOf(' '))) })));
    else if (version !== undefined) {
      packages.push({
        ecosystem: 'crates.io',
        name: nameOf(entry),
        version,
        id: idOf(entry),
        ...at,
        dependsOn: needs(entry),
        source: from,
      });
    }
  }
  return ok(inventoryOf(packages, roots));
};

function nameOf(entry: Table): string {
  return asText(entry['name']) ?? '';
}

function idOf(entry: Table): string {
  return `${nameOf(entry)} ${asText(entry['version']) ?? ''}`;
}

// `name`, `name 1.2.3` or `name 1.2.3 (source)`: the version stands there when there are several.
function edge(text: string, byName: ReadonlyMap<string, string>): readonly string[] {
  const [name = '', version] = text.split(' ');
  const id = version === undefined ? byName.get(name) : `${name} ${version}`;
  return id === undefined ? [] : [id];
}

// Crates that the manifest beside the lock file wants for tests and for nothing else.
function developmentCrates({ path, read }: Surroundings): ReadonlySet<string> {
  const source = read(posix.join(posix.dirname(path), 'Cargo.toml'));
  const manifest = asTable(source === undefined ? undefined : parseToml(source.text));
  const other = { ...asTable(manifest['dependencies']), ...asTable(manifest['build-dependencies']) };
  return new Set(Object.keys(asTable(manifest['dev-dependencies'])).filter((name) => !(name in other)));
}
