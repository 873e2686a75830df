import type { SourceKind } from './names-in-text.ts';

// A path that begins with a dot, or with the file's own folder, leads to files of the tree and to no package.
const own = String.raw`(?:["'\x60]\.{1,2}\/|(?:path\s{0,5}\.\s{0,5})?(?:join|resolve)\s{0,5}\(\s{0,5}__dirname|__dirname|new\s{1,5}URL\b)`;
const fixed = String.raw`(?:"[^"\n]{0,300}"|'[^'\n]{0,300}'|\x60[^\x60$\n]{0,300}\x60)\s{0,50}[,)]`;
const script = new RegExp(
  String.raw`(?<![\w$.])(?:require|import)\s{0,5}\((?:\s|/\*[^*]{0,200}\*/){0,50}(?!${fixed}|${own}|\)|/[*/])(?=\S)|(?<![\w$.])eval\s{0,5}\(|\bnew\s{1,5}Function\s{0,5}\(|\bcreateRequire\s{0,5}\(|\bvm\s{0,5}\.\s{0,5}(?:run|compileFunction|Script\b)`,
  'u',
);
const python =
  /(?<![\w.])(?:exec|eval|__import__)\s{0,5}\(\s{0,50}(?!["'][^"'\n]{0,300}["']\s{0,50}[,)])|\bimport_module\s{0,5}\(\s{0,50}(?!["'][^"'\n]{0,300}["']\s{0,50}[,)])|^[ \t]{0,200}from[ \t]{1,20}\w[\w.]{0,300}[ \t]{1,20}import[ \t]{0,20}\*|\b(?:SourceFileLoader|spec_from_file_location|runpy)\b/mu;

const patterns: Readonly<Record<SourceKind, RegExp>> = { npm: script, PyPI: python };

/**
 * Where a text first loads or runs something whose name only the running program knows, or takes every name of a module: packages that it
 * uses so are named nowhere. Undefined where it does neither. Words in comments count: who is told that something is not used must be able
 * to rely on it. Units: UTF-16 code units. Linear.
 */
export function hiddenNames(kind: SourceKind, text: string): number | undefined {
  return patterns[kind].exec(text)?.index;
}
