import type { SourceText } from '@lib/engine/sdk';
import { err, ok, type Result } from '@lib/kernel';
import type { Ecosystem, PackageVersion } from '../package-version.ts';
import { normalPython, type LockError } from './read-json-locks.ts';

type Read = Result<readonly PackageVersion[], LockError>;

/** yarn.lock, version 1 and Berry: a header of descriptors at the margin, then an indented version. */
export function readYarnLock(source: SourceText): Read {
  const found: PackageVersion[] = [];
  let header: { readonly name: string; readonly line: number } | undefined;
  for (const [line, text] of numberedLines(source)) {
    const descriptor = /^"?((?:@[^@"/\s]{1,100}\/)?[^@"\s/]{1,200})@[^\n]{0,2000}:\s*$/u.exec(text);
    if (descriptor !== null) header = { name: descriptor[1] ?? '', line };
    const version = /^ {2}version:? "?([^"\s]{1,100})"?\s*$/u.exec(text);
    if (version === null || header === undefined) continue;
    found.push({ ecosystem: 'npm', name: header.name, version: version[1] ?? '', startLine: header.line, endLine: line });
    header = undefined;
  }
  return someOr(found, source, 'not a yarn.lock');
}

/** pnpm-lock.yaml: keys such as `/name@1.2.3:`, `name@1.2.3(peer):` or `/name/1.2.3:`. */
export function readPnpmLock(source: SourceText): Read {
  const found: PackageVersion[] = [];
  for (const [line, text] of numberedLines(source)) {
    const key = /^ {2}'?\/?((?:@[^@/\s]{1,100}\/)?[^@/\s]{1,200})[@/](\d[^\s:'()_]{0,100})[^\s:]{0,400}:/u.exec(text);
    if (key !== null) found.push({ ecosystem: 'npm', name: key[1] ?? '', version: key[2] ?? '', startLine: line, endLine: line });
  }
  return someOr(unique(found), source, 'not a pnpm-lock file');
}

/** poetry.lock, uv.lock (Python) and Cargo.lock (Rust): `[[package]]` tables of name and version. */
export function readTomlLock(ecosystem: Ecosystem): (source: SourceText) => Read {
  const nameOf = (written: string): string => (ecosystem === 'PyPI' ? normalPython(written) : written);
  return (source) => {
    const found: PackageVersion[] = [];
    let open: { line: number; name: string } | undefined;
    for (const [line, text] of numberedLines(source)) {
      if (text.startsWith('[')) open = text.startsWith('[[package]]') ? { line, name: '' } : undefined;
      const [, field, value] = /^(name|version) = "([^"]{1,200})"\s*$/u.exec(text) ?? [];
      if (open === undefined || value === undefined) continue;
      if (field === 'name') open.name = nameOf(value);
      else if (open.name !== '') found.push({ ecosystem, name: open.name, version: value, startLine: open.line, endLine: line });
    }
    return someOr(found, source, 'not a lock file of [[package]] tables');
  };
}

/** requirements.txt: only pins (`name==version`) are resolved packages; ranges are not. */
export function readRequirements(source: SourceText): Read {
  const found: PackageVersion[] = [];
  for (const [line, text] of numberedLines(source)) {
    const pin =
      /^([A-Za-z0-9][A-Za-z0-9._-]{0,200})(?:\[[^\]]{0,200}\])?\s{0,10}===?\s{0,10}([A-Za-z0-9.!+_-]{1,100})\s{0,200}(?:$|[;#\\ ])/u.exec(
        text,
      );
    if (pin !== null)
      found.push({ ecosystem: 'PyPI', name: normalPython(pin[1] ?? ''), version: pin[2] ?? '', startLine: line, endLine: line });
  }
  return ok(found);
}

/** go.mod: the `require` lines, direct and indirect. */
export function readGoMod(source: SourceText): Read {
  const found: PackageVersion[] = [];
  for (const [line, text] of numberedLines(source)) {
    const requirement =
      /^\s{0,20}(?:require\s{1,10})?([a-z0-9][^\s()]{1,300})\s{1,20}(v\d[^\s/]{0,150})\s{0,20}(?:\/\/[^\n]{0,500})?$/u.exec(text);
    if (requirement !== null && (requirement[1] ?? '').includes('.')) {
      found.push({ ecosystem: 'Go', name: requirement[1] ?? '', version: (requirement[2] ?? '').slice(1), startLine: line, endLine: line });
    }
  }
  return ok(found);
}

/** Gemfile.lock: `    name (1.2.3)` under `specs:`. */
export function readGemfileLock(source: SourceText): Read {
  const found: PackageVersion[] = [];
  for (const [line, text] of numberedLines(source)) {
    const spec = /^ {4}([A-Za-z0-9][\w.-]{0,200}) \((\d[\w.]{0,100})(?:-[\w-]{1,60})?\)\s*$/u.exec(text);
    if (spec !== null) found.push({ ecosystem: 'RubyGems', name: spec[1] ?? '', version: spec[2] ?? '', startLine: line, endLine: line });
  }
  return ok(found);
}

/** gradle.lockfile: `group:artifact:version=configurations`. */
export function readGradleLock(source: SourceText): Read {
  const found: PackageVersion[] = [];
  for (const [line, text] of numberedLines(source)) {
    const entry = /^([\w.-]{1,200}:[\w.-]{1,200}):([\w.+-]{1,100})=/u.exec(text);
    if (entry !== null) found.push({ ecosystem: 'Maven', name: entry[1] ?? '', version: entry[2] ?? '', startLine: line, endLine: line });
  }
  return ok(found);
}

/** pom.xml: dependencies whose version is written out, or is a property of the same file. */
export function readPom(source: SourceText): Read {
  const properties = new Map<string, string>();
  for (const match of source.text.matchAll(/<([\w.-]{1,100})>([\w.+-]{1,100})<\/\1>/gu)) properties.set(match[1] ?? '', match[2] ?? '');
  const found: PackageVersion[] = [];
  for (const match of source.text.matchAll(/<dependency>([^]{0,2000}?)<\/dependency>/gu)) {
    const field = (name: string): string =>
      new RegExp(`<${name}>\\s{0,50}([^<\\s]{1,200})\\s{0,50}</${name}>`, 'u').exec(match[1] ?? '')?.[1] ?? '';
    const written = field('version');
    const version = /^\$\{([\w.-]{1,100})\}$/u.exec(written) === null ? written : (properties.get(written.slice(2, -1)) ?? '');
    if (field('groupId') === '' || !/^\d/u.test(version)) continue;
    found.push({
      ecosystem: 'Maven',
      name: `${field('groupId')}:${field('artifactId')}`,
      version,
      startLine: source.position(match.index).line,
      endLine: source.position(match.index + match[0].length).line,
    });
  }
  return ok(found);
}

function* numberedLines(source: SourceText): Generator<readonly [number, string]> {
  for (let line = 1; line <= source.lineCount; line++) yield [line, source.line(line)];
}

function someOr(found: readonly PackageVersion[], source: SourceText, detail: string): Read {
  const blank = !/^\s{0,100}[^#\s]/mu.test(source.text) || source.text.length < 200;
  return found.length === 0 && !blank ? err({ code: 'syntax_error', detail }) : ok(found);
}

function unique(packages: readonly PackageVersion[]): readonly PackageVersion[] {
  const seen = new Set<string>();
  return packages.filter(({ name, version }) => {
    const key = `${name}@${version}`;
    return seen.has(key) ? false : seen.add(key).has(key);
  });
}
