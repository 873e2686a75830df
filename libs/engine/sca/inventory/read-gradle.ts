import posix from 'node:path/posix';
import type { SourceText } from '@lib/engine/sdk';
import { err, ok } from '@lib/kernel';
import type { InventoryReader, LockedPackage, RootRequest, Unresolved } from '../dependency.ts';
import { parseToml } from '../syntax/located-toml.ts';
import { asTable, asText, type Table } from '../syntax/loose-value.ts';
import { devMark, inventoryOf } from './inventory-of.ts';

/** gradle.lockfile, buildscript-gradle.lockfile and the older dependency-locks: `group:artifact:version=configurations`. */
export const readGradleLock: InventoryReader = (source) => {
  const packages: LockedPackage[] = [];
  for (let line = 1; line <= source.lineCount; line++) {
    const text = source.line(line).trim();
    if (text === '' || text.startsWith('#') || text.startsWith('empty=')) continue;
    const [, name, version, configurations] = /^([\w.-]{1,200}:[\w.-]{1,200}):([\w.+-]{1,100})(?:=(.*))?$/u.exec(text) ?? [];
    if (name === undefined || version === undefined)
      return err({ code: 'syntax_error', detail: `line ${line} is none of a Gradle lock file` });
    const dev =
      (configurations ?? '') !== '' &&
      (configurations ?? '').split(',').every((one) => /^test|Test|checkstyle|jacoco|kapt|ktlint/u.test(one));
    packages.push({
      ecosystem: 'Maven',
      name,
      version,
      id: `${name}:${version}`,
      startLine: line,
      endLine: line,
      dependsOn: [],
      ...devMark(dev),
    });
  }
  return ok(inventoryOf(packages));
};

/** gradle/libs.versions.toml, the version catalog. Source: docs.gradle.org/current/userguide/version_catalogs.html. */
export const readGradleCatalog: InventoryReader = (source, around) => {
  const parsed = parseToml(source.text);
  if (parsed === undefined) return err({ code: 'syntax_error', detail: 'not TOML' });
  if (around.named('gradle.lockfile').length > 0) return ok(inventoryOf([])); // the lock files say what is used of it
  const versions = asTable(parsed['versions']);
  const packages: LockedPackage[] = [];
  const unresolved: Unresolved[] = [];
  for (const [alias, value] of Object.entries(asTable(parsed['libraries']))) {
    const line = lineOf(source, alias);
    const { name, version } = libraryOf(value, versions);
    if (name === undefined) continue;
    if (version === undefined || !/^\d[\w.+-]*$/u.test(version) || version.endsWith('+'))
      unresolved.push({ line, detail: `${name} ${version ?? 'has no version'}` });
    else packages.push({ ecosystem: 'Maven', name, version, id: name, startLine: line, endLine: line, dependsOn: [] });
  }
  return ok(
    inventoryOf(
      packages,
      packages.map(({ id }) => ({ id, dev: false })),
      unresolved,
    ),
  );
};

// TOML is parsed without places; an alias stands at the margin, below the head of its table.
function lineOf(source: SourceText, alias: string): number {
  let inLibraries = false;
  for (let line = 1; line <= source.lineCount; line++) {
    const text = source.line(line).trim();
    if (text.startsWith('[')) inLibraries = text.startsWith('[libraries]');
    else if (inLibraries && /^["']?([\w-]+)["']?\s*=/u.exec(text)?.[1] === alias) return line;
  }
  return 1;
}

type Library = { readonly name: string | undefined; readonly version: string | undefined };

function libraryOf(value: unknown, versions: Table): Library {
  const [group, artifact, written] = (asText(value) ?? '').split(':');
  if (artifact !== undefined && group !== undefined) return { name: `${group}:${artifact}`, version: written };
  const table = asTable(value);
  const [ofGroup, ofName] = [asText(table['group']), asText(table['name'])];
  const name = asText(table['module']) ?? (ofGroup === undefined || ofName === undefined ? undefined : `${ofGroup}:${ofName}`);
  const reference = asText(asTable(table['version'])['ref']);
  return { name, version: richVersion(reference === undefined ? table['version'] : versions[reference]) };
}

function richVersion(value: unknown): string | undefined {
  const table = asTable(value);
  return asText(value) ?? asText(table['strictly']) ?? asText(table['require']) ?? asText(table['prefer']);
}

const configuration =
  /\b(\w{0,60}(?:[iI]mplementation|[aA]pi|[cC]ompile|[cC]ompileOnly|[rR]untime|[rR]untimeOnly|classpath|kapt|ksp|annotationProcessor))\b\s*\(?\s*(?:platform\s*\(\s*|enforcedPlatform\s*\(\s*)?["']([\w.-]{1,200}):([\w.-]{1,200}):([^"'@:\s]{1,100})(?:[:@][^"']*)?["']/gu;

/** build.gradle and build.gradle.kts are programs: only dependencies written as one text are read, with versions from plain assignments. */
export const readGradleBuild: InventoryReader = (source, around) => {
  if (around.has(posix.join(posix.dirname(around.path), 'gradle.lockfile'))) return ok(inventoryOf([]));
  const values = assignments([source.text, around.read('gradle.properties')?.text ?? '', around.read('build.gradle')?.text ?? '']);
  const packages: LockedPackage[] = [];
  const unresolved: Unresolved[] = [];
  for (const { dev, name, written, line } of writtenDependencies(source)) {
    const version = written.replaceAll(placeholder, (whole, key: string) => values.get(key) ?? whole);
    if (!/^\d[\w.+-]*$/u.test(version) || version.endsWith('+')) unresolved.push({ line, detail: `${name} ${version}` });
    else packages.push({ ecosystem: 'Maven', name, version, id: name, startLine: line, endLine: line, dependsOn: [], ...devMark(dev) });
  }
  const roots = packages.map(({ id, dev }): RootRequest => ({ id, dev: dev === true }));
  return ok(inventoryOf(packages, roots, unresolved));
};

const placeholder = /\$\{?(?:rootProject\.|project\.|ext\.|versions\.)?([\w.]{1,100})\}?/gu;

function* writtenDependencies(source: SourceText) {
  for (const match of source.text.matchAll(configuration)) {
    const [, used = '', group = '', artifact = '', written = ''] = match;
    const line = source.position(match.index).line;
    if (!/^\s*(?:\/\/|\*)/u.test(source.line(line))) yield { dev: /test/iu.test(used), name: `${group}:${artifact}`, written, line };
  }
}

function assignments(texts: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const text of texts) {
    for (const match of text.matchAll(/(?:^|[\s.,(])(\w{1,100})\s*[=:]\s*["']?(\d[\w.+-]{0,60})["']?\s*(?:$|[,\n)\]}])/gmu)) {
      if (!found.has(match[1] ?? '')) found.set(match[1] ?? '', match[2] ?? '');
    }
  }
  return found;
}
