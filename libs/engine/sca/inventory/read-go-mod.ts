import posix from 'node:path/posix';
import type { SourceText } from '@lib/engine/sdk';
import { err, ok } from '@lib/kernel';
import type { InventoryReader, LockedPackage } from '../dependency.ts';
import { compareSemantic } from '../versions/compare-semantic.ts';
import { inventoryOf } from './inventory-of.ts';

/**
 * go.mod: `require`, with `replace` and `exclude` applied; a `toolchain` line stands for the standard library. Before Go 1.17 a go.mod names
 * direct modules alone, and the rest is taken from the go.sum beside it: of each module the highest version whose content is there.
 * Source: go.dev/ref/mod#go-mod-file.
 */
export const readGoMod: InventoryReader = (source, around) => {
  const statements = statementsOf(source);
  if (!isModule(statements)) return err({ code: 'syntax_error', detail: 'not a go.mod' });
  const replaced = replacementsOf(statements);
  const required = statements.filter(({ verb, words }) => verb === 'require' && words[1]?.startsWith('v') === true);
  const packages = [...toolchainOf(statements), ...required.flatMap((statement) => moduleOf(statement, replaced))];
  const direct = required.filter(({ comment }) => !/\/\/\s*indirect\b/u.test(comment));
  const known = new Set(required.map(({ words }) => words[0]));
  const rest = namesAll(statements) ? [] : summed(around.read(posix.join(posix.dirname(around.path), 'go.sum')), replaced);
  const roots = direct.map(({ words }) => ({ id: words[0] ?? '', dev: false }));
  return ok(inventoryOf([...packages, ...rest.filter(({ id }) => !known.has(id))], roots));
};

function isModule(statements: readonly Statement[] | undefined): statements is readonly Statement[] {
  return statements?.some(({ verb }) => verb === 'module') === true;
}

function toolchainOf(statements: readonly Statement[]): readonly LockedPackage[] {
  return statements.flatMap(({ verb, words, line }) => {
    const version = verb === 'toolchain' ? /^go(\d+\.\d+(?:\.\d+|rc\d+)?)/u.exec(words[0] ?? '')?.[1] : undefined;
    return version === undefined ? [] : [moduleAt('stdlib', version, line)];
  });
}

function moduleOf({ words, line }: Statement, replaced: ReadonlyMap<string, Target>): readonly LockedPackage[] {
  const [path = '', version = ''] = words;
  const target = replaced.get(`${path} ${version}`) ?? replaced.get(path) ?? { path, version };
  return target.version === '' ? [] : [{ ...moduleAt(target.path, target.version, line), id: path }]; // without one it is a folder
}

type Statement = { readonly verb: string; readonly words: readonly string[]; readonly line: number; readonly comment: string };
type Target = { readonly path: string; readonly version: string };

function moduleAt(name: string, version: string, line: number): LockedPackage {
  return { ecosystem: 'Go', name, version: version.replace(/^v/u, ''), id: name, startLine: line, endLine: line, dependsOn: [] };
}

function statementsOf(source: SourceText): readonly Statement[] | undefined {
  const found: Statement[] = [];
  let block: string | undefined;
  for (let line = 1; line <= source.lineCount; line++) {
    const [, code = '', comment = ''] = /^(.*?)(\/\/.*)?$/u.exec(source.line(line)) ?? [];
    const words = code
      .split(/\s+/u)
      .filter((word) => word !== '')
      .map((word) => word.replaceAll(/^["`]|["`]$/gu, ''));
    const [first] = words;
    if (first === undefined) continue;
    if (first === ')') block = undefined;
    else if (block !== undefined) found.push({ verb: block, words, line, comment });
    else if (words[1] === '(' && words.length === 2) block = first;
    else if (!/^(?:module|go|toolchain|godebug|require|exclude|replace|retract|tool|ignore)$/u.test(first)) return undefined;
    else found.push({ verb: first, words: words.slice(1), line, comment });
  }
  return found;
}

// `old [v1] => new [v2]`; without a second version it is a folder.
function replacementsOf(statements: readonly Statement[]): ReadonlyMap<string, Target> {
  const found = new Map<string, Target>();
  for (const { verb, words } of statements) {
    const arrow = words.indexOf('=>');
    if (verb !== 'replace' || arrow < 1) continue;
    found.set(words.slice(0, arrow).join(' '), { path: words[arrow + 1] ?? '', version: words[arrow + 2] ?? '' });
  }
  return found;
}

function namesAll(statements: readonly Statement[]): boolean {
  const version = statements.find(({ verb }) => verb === 'go')?.words[0] ?? '1.0';
  return (compareSemantic(version, '1.17') ?? 0) >= 0;
}

function summed(source: SourceText | undefined, replaced: ReadonlyMap<string, Target>): readonly LockedPackage[] {
  const highest = new Map<string, string>();
  for (const match of (source?.text ?? '').matchAll(/^(\S{1,300}) (v[^\s/]{1,200}) h1:/gmu)) {
    const [path, version] = [match[1] ?? '', match[2] ?? ''];
    const known = highest.get(path);
    if (known === undefined || (compareSemantic(version, known) ?? 0) > 0) highest.set(path, version);
  }
  return [...highest].flatMap(([path, version]) => (replaced.has(path) ? [] : [moduleAt(path, version, 1)]));
}
