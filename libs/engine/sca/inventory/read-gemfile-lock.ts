import posix from 'node:path/posix';
import type { SourceText } from '@lib/engine/sdk';
import { err, ok } from '@lib/kernel';
import type { InventoryReader, LockedPackage, RootRequest, Surroundings } from '../dependency.ts';
import { inventoryOf } from './inventory-of.ts';

/** Gemfile.lock: sections at the margin, gems with their needs under `specs:`, what was asked for under DEPENDENCIES. Source: bundler.io. */
export const readGemfileLock: InventoryReader = (source, around) => {
  if (/^(?:<<<<<<<|=======|>>>>>>>)/mu.test(source.text)) return err({ code: 'syntax_error', detail: 'marks of a merge conflict' });
  if (!/^(?:GEM|GIT|PATH|DEPENDENCIES)$/mu.test(source.text)) return err({ code: 'syntax_error', detail: 'not a Gemfile.lock' });
  const packages: (LockedPackage & { readonly dependsOn: string[] })[] = [];
  const asked: string[] = [];
  for (const { section, indent, name, version, line } of entriesOf(source)) {
    if (section === 'DEPENDENCIES' && indent === 2) asked.push(name);
    if (section !== 'GEM' && section !== 'GIT') continue;
    if (indent === 6) packages.at(-1)?.dependsOn.push(name);
    if (indent === 4 && version !== undefined) packages.push(gemAt(name, version, line));
  }
  const dev = developmentGems(around);
  const roots = asked.map((id): RootRequest => ({ id, dev: dev.has(id) }));
  return ok(inventoryOf(packages, roots));
};

type Entry = {
  readonly section: string;
  readonly indent: number;
  readonly name: string;
  readonly version: string | undefined;
  readonly line: number;
};

function* entriesOf(source: SourceText): Generator<Entry> {
  let section = '';
  for (let line = 1; line <= source.lineCount; line++) {
    const text = source.line(line);
    if (/^[A-Z]/u.test(text)) section = text.trim();
    const [, indent, name, version] = /^( {2,6})([A-Za-z0-9][\w.-]{0,200})!?(?: \(([^)]{1,200})\))?!?\s*$/u.exec(text) ?? [];
    if (indent !== undefined && name !== undefined) yield { section, indent: indent.length, name, version, line };
  }
}

function gemAt(name: string, written: string, line: number) {
  const version = written.replace(/-(?=[a-z]).*$/u, ''); // 1.13.4-x86_64-linux
  return { ecosystem: 'RubyGems' as const, name, version, id: name, startLine: line, endLine: line, dependsOn: [] };
}

// The Gemfile is a program; only its plainest words are read: `group :test do`, `gem 'a', group: :test`.
function developmentGems({ path, read }: Surroundings): ReadonlySet<string> {
  const text = read(path.endsWith('.locked') ? posix.join(posix.dirname(path), 'gems.rb') : path.replace(/\.lock$/u, ''))?.text ?? '';
  const found = new Set<string>();
  let inGroup = false;
  for (const line of text.split('\n')) {
    if (/^\s*group\b[^#]*\bdo\b/u.test(line)) inGroup = isDevelopment(line);
    else if (/^\s*end\b/u.test(line)) inGroup = false;
    const [, name, rest = ''] = /^\s*gem\s*\(?\s*["']([\w.-]{1,200})["'](.*)$/u.exec(line) ?? [];
    if (name !== undefined && (inGroup || isDevelopment(rest.slice(rest.search(/\bgroups?:/u))))) found.add(name);
  }
  return found;
}

// Symbols after `group`; a rest without that word is its last sign, which is none.
function isDevelopment(text: string): boolean {
  const groups = text.match(/(?<=[\s[(,]):(\w+)/gu) ?? [];
  return groups.length > 0 && groups.every((group) => /^:(?:development|test|ci|lint|doc)$/u.test(group));
}
