import posix from 'node:path/posix';
import { err, ok } from '@lib/kernel';
import type { Inventory, InventoryReader, LockedPackage, RootRequest, Surroundings, Unresolved } from '../dependency.ts';
import { parseLocatedJson } from '../syntax/located-json.ts';
import { parseToml, tableLines } from '../syntax/located-toml.ts';
import { asList, asTable, asText, type Table } from '../syntax/loose-value.ts';
import { devMark, inventoryOf } from './inventory-of.ts';
import { normalPython, pythonRequirement } from './python-names.ts';

/** poetry.lock, uv.lock, pdm.lock (`[[package]]`) and pylock.toml (`[[packages]]`, PEP 751). */
export const readPythonLock: InventoryReader = (source, around) => {
  const parsed = parseToml(source.text);
  const key = parsed?.['package'] === undefined && parsed?.['packages'] !== undefined ? 'packages' : 'package';
  if (parsed === undefined) return err({ code: 'syntax_error', detail: 'not TOML' });
  const lines = tableLines(source, key);
  const packages: LockedPackage[] = [];
  const roots: RootRequest[] = [];
  asList(parsed[key]).forEach((value, index) => {
    const entry = asTable(value);
    const name = normalPython(asText(entry['name']) ?? '');
    const version = asText(entry['version']);
    if (isOwn(entry)) roots.push(...ownRequests(entry));
    else if (name !== '' && version !== undefined) {
      const at = lines[index] ?? { startLine: 1, endLine: 1 };
      const dev = isForDevelopment(entry);
      packages.push({
        ecosystem: 'PyPI',
        name,
        version,
        id: name,
        ...at,
        dependsOn: needs(entry['dependencies']),
        ...devMark(dev),
      });
    }
  });
  const asked = roots.length > 0 ? roots : manifestRequests(around);
  return ok(inventoryOf(packages, asked));
};

// uv writes the project itself into its lock.
function isOwn(entry: Table): boolean {
  const source = asTable(entry['source']);
  return ['editable', 'virtual', 'directory'].some((kind) => source[kind] !== undefined);
}

function ownRequests(entry: Table): readonly RootRequest[] {
  const group = (value: unknown, dev: boolean): readonly RootRequest[] => needs(value).map((id) => ({ id, dev }));
  return [
    ...group(entry['dependencies'], false),
    ...Object.values(asTable(entry['optional-dependencies'])).flatMap((list) => group(list, false)),
    ...Object.values(asTable(entry['dev-dependencies'])).flatMap((list) => group(list, true)),
  ];
}

// Poetry: a table by name. uv: a list of tables. pdm: a list of requirements.
function needs(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return Object.keys(asTable(value)).map(normalPython);
  return value.flatMap((item: unknown) => {
    const name = typeof item === 'string' ? pythonRequirement(item)?.name : asText(asTable(item)['name']);
    return name === undefined ? [] : [normalPython(name)];
  });
}

function isForDevelopment(entry: Table): boolean {
  const groups = asList(entry['groups']).flatMap((group) => asText(group) ?? []);
  if (groups.length > 0) return !groups.some((group) => group === 'main' || group === 'default');
  return entry['category'] === 'dev';
}

/** What a pyproject.toml beside a lock file asks for. */
function manifestRequests({ path, read }: Surroundings): readonly RootRequest[] | undefined {
  const source = read(posix.join(posix.dirname(path), 'pyproject.toml'));
  const parsed = source === undefined ? undefined : parseToml(source.text);
  return parsed === undefined ? undefined : projectRequests(parsed).map(({ name, dev }) => ({ id: name, dev }));
}

type Request = { readonly name: string; readonly dev: boolean; readonly text: string; readonly pin: string | undefined };

function projectRequests(manifest: Table): readonly Request[] {
  const project = asTable(manifest['project']);
  const tool = asTable(manifest['tool']);
  const poetry = asTable(tool['poetry']);
  const listed = (value: unknown, dev: boolean) => asList(value).flatMap((item) => listedRequest(item, dev));
  const tabled = (value: unknown, dev: boolean) => Object.entries(asTable(value)).flatMap(([name, item]) => tabledRequest(name, item, dev));
  return [
    ...listed(project['dependencies'], false),
    ...Object.values(asTable(project['optional-dependencies'])).flatMap((list) => listed(list, false)),
    ...tabled(poetry['dependencies'], false),
    ...Object.values(asTable(manifest['dependency-groups'])).flatMap((list) => listed(list, true)),
    ...tabled(poetry['dev-dependencies'], true),
    ...Object.values(asTable(poetry['group'])).flatMap((group) => tabled(asTable(group)['dependencies'], true)),
    ...Object.values(asTable(asTable(tool['pdm'])['dev-dependencies'])).flatMap((list) => listed(list, true)),
    ...listed(asTable(tool['uv'])['dev-dependencies'], true),
  ];
}

function listedRequest(item: unknown, dev: boolean): readonly Request[] {
  const text = asText(item) ?? '';
  const requirement = pythonRequirement(text);
  return requirement === undefined ? [] : [{ name: requirement.name, dev, text, pin: requirement.pin }];
}

// Poetry: a bare version is a caret range; only `==1.2.3` is one version.
function tabledRequest(name: string, item: unknown, dev: boolean): readonly Request[] {
  if (name === 'python') return [];
  const text = asText(item) ?? asText(asTable(item)['version']) ?? '';
  return [{ name: normalPython(name), dev, text: `${name} ${text}`.trim(), pin: /^==\s*([\w.!+-]{1,100})$/u.exec(text)?.[1] }];
}

const locks = ['poetry.lock', 'uv.lock', 'pdm.lock', 'pylock.toml', 'Pipfile.lock'];

/** pyproject.toml without a lock file beside it: versions that are written out. */
export const readPyproject: InventoryReader = (source, around) => {
  const folder = posix.dirname(around.path);
  if (locks.some((lock) => around.has(posix.join(folder, lock)))) return ok(inventoryOf([]));
  const parsed = parseToml(source.text);
  if (parsed === undefined) return err({ code: 'syntax_error', detail: 'not TOML' });
  const packages: LockedPackage[] = [];
  const unresolved: Unresolved[] = [];
  for (const { name, dev, text, pin } of projectRequests(parsed)) {
    const at = new RegExp(`(?:^|["'\\s])${name.replaceAll('-', '[-_.]')}(?![\\w.-])`, 'imu').exec(source.text);
    const line = at === null ? 1 : source.position(at.index + at[0].length - 1).line;
    if (pin === undefined) unresolved.push({ line, detail: text });
    else packages.push({ ecosystem: 'PyPI', name, version: pin, id: name, startLine: line, endLine: line, dependsOn: [], dev });
  }
  return ok(
    inventoryOf(
      packages,
      packages.map(({ id, dev }) => ({ id, dev: dev === true })),
      unresolved,
    ),
  );
};

/** Pipfile.lock; what was asked for directly is in the Pipfile beside it. */
export const readPipfileLock: InventoryReader = (source, around) => {
  const json = parseLocatedJson(source.text);
  const lock = asTable(json?.value);
  if (json === undefined || (lock['default'] === undefined && lock['develop'] === undefined)) {
    return err({ code: 'syntax_error', detail: 'not a Pipfile.lock' });
  }
  const packages = ['default', 'develop'].flatMap((group) =>
    Object.entries(asTable(lock[group])).flatMap(([written, value]): readonly LockedPackage[] => {
      const [name, version] = [normalPython(written), /^===?(.{1,100})$/u.exec(asText(asTable(value)['version']) ?? '')?.[1]];
      const startLine = json.linesOf(value)?.startLine ?? 1;
      if (version === undefined) return [];
      return [
        { ecosystem: 'PyPI', name, version, id: name, startLine, endLine: startLine, dependsOn: [], ...devMark(group === 'develop') },
      ];
    }),
  );
  return ok(inventoryOf(packages, pipfileRequests(around)));
};

function pipfileRequests({ path, read }: Surroundings): Inventory['roots'] {
  const source = read(posix.join(posix.dirname(path), 'Pipfile'));
  const pipfile = source === undefined ? undefined : parseToml(source.text);
  if (pipfile === undefined) return undefined;
  const group = (key: string, dev: boolean) => Object.keys(asTable(pipfile[key])).map((name) => ({ id: normalPython(name), dev }));
  return [...group('packages', false), ...group('dev-packages', true)];
}
