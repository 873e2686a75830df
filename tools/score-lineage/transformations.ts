import posix from 'node:path/posix';
import { format, type Options } from 'prettier';
import { blocksOf, editLines, newLines, textOf, type MarkedFile, type MarkedLine } from './marked-file.ts';

/**
 * What is done to the one file of a tree; more files may come of it. `ordered`: lines lose where they came from, and findings of one rule keep
 * their order instead. Undefined where it does not fit the file.
 */
export type Transformation = {
  readonly name: string;
  readonly ordered?: boolean;
  readonly apply: (file: MarkedFile, place: Place) => Changed | undefined | Promise<Changed | undefined>;
};
export type Changed = readonly MarkedFile[];

/** Lines at which something was found, and text of our own sources to put in. */
export type Place = { readonly found: readonly number[]; readonly filler: readonly string[] };

const comments: Readonly<Record<string, string>> = {
  '.js': '//',
  '.ts': '//',
  '.tsx': '//',
  '.jsx': '//',
  '.java': '//',
  '.go': '//',
  '.py': '#',
  '.tf': '#',
  '.yaml': '#',
  '.yml': '#',
  '.sh': '#',
  '': '#',
};

function remark({ path }: MarkedFile, text: string): string | undefined {
  const sign = comments[posix.extname(path)];
  return sign === undefined ? undefined : `${sign} ${text}`;
}

const isScript = ({ path }: MarkedFile): boolean => /\.(?:[jt]sx?|mjs|cjs)$/u.test(path);
const one = (file: MarkedFile | undefined): Changed | undefined => (file === undefined ? undefined : [file]);

/** Puts lines in before each line that `at` wants. */
function insertAt(file: MarkedFile, added: readonly MarkedLine[], at: (line: MarkedLine, index: number) => boolean): MarkedFile {
  return { ...file, lines: file.lines.flatMap((line, index) => (at(line, index) ? [...added, line] : [line])) };
}

const inserted: readonly Transformation[] = [1, 3, 40].map((count) => ({
  name: `${String(count)} lines of remarks above everything`,
  apply: (file) => {
    const text = remark(file, 'a word about what follows');
    const first = file.lines[0]?.text ?? '';
    if (text === undefined || /^(?:#!|<\?|---|FROM)/u.test(first)) return undefined;
    return one(insertAt(file, newLines(...Array.from({ length: count }, () => text)), (_, index) => index === 0));
  },
}));

const remarkAbove: Transformation = {
  name: 'a remark right above each finding',
  apply: (file, { found }) => {
    const text = remark(file, 'looked at last week');
    if (text === undefined) return undefined;
    return one({
      ...file,
      lines: file.lines.flatMap((line) =>
        line.from !== undefined && found.includes(line.from) ? [...newLines((/^\s*/u.exec(line.text)?.[0] ?? '') + text), line] : [line],
      ),
    });
  },
};

const ourCodeBetween: Transformation = {
  name: 'functions of other sources between the blocks',
  apply: (file, { filler }) => {
    const blocks = blocksOf(file);
    if (!isScript(file) || blocks.length < 3) return undefined;
    const lines = blocks.flatMap((block, index) =>
      index === 0 ? block : [...newLines(filler[index % filler.length] ?? '', ''), ...block],
    );
    return one({ ...file, lines });
  },
};

const emptyLinesGone: Transformation = {
  name: 'empty lines taken out',
  apply: (file) => (file.path.endsWith('.md') ? undefined : one({ ...file, lines: file.lines.filter(({ text }) => text.trim() !== '') })),
};

const blockMoved: readonly Transformation[] = ['last', 'first'].map((where) => ({
  name: `a block made the ${where}`,
  apply: (file, { found }) => {
    const [head, ...blocks] = blocksOf(file);
    const index = blocks.findIndex((block) => block.some(({ from }) => from !== undefined && found.includes(from)));
    const block = blocks[index];
    if (head === undefined || block === undefined || blocks.length < 2) return undefined;
    const others = blocks.filter((_, at) => at !== index).flat();
    const gap = newLines('');
    return one({ ...file, lines: where === 'last' ? [...head, ...others, ...gap, ...block] : [...head, ...block, ...gap, ...others] });
  },
}));

const blocksTurned: Transformation = {
  name: 'blocks in the reverse order',
  apply: (file) => {
    const [head, ...blocks] = blocksOf(file);
    return head === undefined || blocks.length < 2 || !isScript(file)
      ? undefined
      : one({ ...file, lines: [...head, ...blocks.toReversed().flatMap((block) => [...block, ...newLines('')])] });
  },
};

function renameTo(name: string, to: (path: posix.ParsedPath) => string): Transformation {
  return {
    name,
    apply: (file) =>
      posix.basename(file.path) === 'Dockerfile' && name.includes('file') ? undefined : one({ ...file, path: to(posix.parse(file.path)) }),
  };
}

const isNamed = (base: string): boolean => /^(?:package|requirements|go\.mod|Dockerfile)/u.test(base);
const moves: readonly Transformation[] = [
  renameTo('the file renamed', ({ dir, name, ext }) => posix.join(dir, isNamed(name) ? name + ext : `${name}-of-old${ext}`)),
  renameTo('the folder renamed', ({ dir, base }) => posix.join(`${dir}-next`, base)),
  renameTo('moved one folder down', ({ dir, base }) => posix.join(dir, 'inner', base)),
  renameTo('moved to another place', ({ base }) => posix.join('packages/service/lib', base)),
];

function edit(name: string, change: (text: string) => string, fits: (file: MarkedFile) => boolean = isScript): Transformation {
  return { name, apply: (file) => (fits(file) ? one(editLines(file, change)) : undefined) };
}

const layouts: readonly Transformation[] = [
  edit(
    'indent doubled',
    (text) => text.replace(/^ +/u, (spaces) => spaces + spaces),
    (file) => isScript(file) || /\.(?:java|tf|py)$/u.test(file.path),
  ),
  edit(
    'indent by tabs',
    (text) => text.replace(/^(?: {2})+/u, (spaces) => '\t'.repeat(spaces.length / 2)),
    (file) => isScript(file) || file.path.endsWith('.java'),
  ),
  edit('no semicolons', (text) => text.replace(/;$/u, '')),
  edit('white space at the ends of lines', (text) => (text === '' ? text : `${text}  `)),
  edit('spaces within brackets', (text) => text.replaceAll(/\((?=[^)\s'"`/])/gu, '( ')),
];

const parsers: Readonly<Record<string, string>> = {
  '.ts': 'typescript',
  '.tsx': 'typescript',
  '.js': 'babel',
  '.jsx': 'babel',
  '.mjs': 'babel',
  '.yaml': 'yaml',
  '.yml': 'yaml',
};
const styles: readonly (readonly [string, Options])[] = [
  ['narrow', { printWidth: 50 }],
  ['wide, four spaces', { printWidth: 160, tabWidth: 4 }],
  ['single quotes, no semicolons', { singleQuote: true, semi: false, trailingComma: 'none' }],
  ['tabs, spread out', { useTabs: true, printWidth: 40, arrowParens: 'avoid', bracketSpacing: false }],
];
const reformatted: readonly Transformation[] = styles.map(([name, options]) => ({
  name: `reformatted: ${name}`,
  ordered: true,
  apply: async (file) => {
    const parser = parsers[posix.extname(file.path)];
    if (parser === undefined) return undefined;
    const text = await format(textOf(file), { parser, ...options });
    return one({ ...file, lines: newLines(text) });
  },
}));

/** Names that a file declares and that nobody else sees: not exported, not names of members. */
function declaredIn(file: MarkedFile, pattern: RegExp): readonly string[] {
  const text = textOf(file);
  const names = [...text.matchAll(pattern)].flatMap(([, name]) => name ?? []);
  return [...new Set(names)].filter((name) => name.length > 1 && !new RegExp(`export[^;\\n]*\\b${name}\\b`, 'u').test(text));
}

function renamed(name: string, pattern: RegExp, fits: (file: MarkedFile) => boolean): Transformation {
  return {
    name,
    apply: (file) => {
      const names = fits(file) ? declaredIn(file, pattern) : [];
      if (names.length === 0) return undefined;
      // not a member, not a key, not in a word
      const used = new RegExp(`(?<![.\\w$'"/-])(?:${names.join('|')})(?![\\w$'"/-]|\\s*:)`, 'gu');
      return one(editLines(file, (text) => (/^\s*(?:import|from)\b/u.test(text) ? text : text.replaceAll(used, (word) => `${word}Now`))));
    },
  };
}

const names: readonly Transformation[] = [
  renamed('variables renamed', /(?:const|let|var)\s+([a-z]\w*)\s*=/gu, isScript),
  renamed('functions renamed', /function\s+([a-z]\w*)\s*\(/gu, isScript),
  renamed('names of Python renamed', /^\s+([a-z]\w*) = /gmu, ({ path }) => path.endsWith('.py')),
  renamed('names of Java renamed', /(?:String|int|var|File)\s+([a-z]\w*)\s*=/gu, ({ path }) => path.endsWith('.java')),
];

/** Traps: something equal or alike that is another flaw. */
const traps: readonly Transformation[] = [
  {
    name: 'an equal block put above',
    apply: (file, { found }) => {
      const [head, ...blocks] = blocksOf(file);
      const block = blocks.find((each) => each.some(({ from }) => from !== undefined && found.includes(from)));
      if (head === undefined || block === undefined || !isScript(file)) return undefined;
      return one({
        ...file,
        lines: [
          ...head,
          ...block.map(({ text }) => ({
            text: text.replace(/^(export )?(async )?function (\w+)/u, '$1$2function $3Twin'),
            from: undefined,
          })),
          ...blocks.flat(),
        ],
      });
    },
  },
  {
    name: 'the file copied',
    apply: (file) => [file, { path: posix.join('copy-of', file.path), lines: newLines(textOf(file)) }],
  },
  {
    name: 'the block of the first finding taken out',
    apply: (file, { found }) => {
      const [head, ...blocks] = blocksOf(file);
      const index = blocks.findIndex((block) => block.some(({ from }) => from !== undefined && found.includes(from)));
      return head === undefined || index < 0 || blocks.length < 2
        ? undefined
        : one({ ...file, lines: [...head, ...blocks.filter((_, at) => at !== index).flat()] });
    },
  },
  {
    name: 'each line with a finding taken out',
    apply: (file, { found }) =>
      isScript(file) || file.path.endsWith('.tf')
        ? undefined
        : one({ ...file, lines: file.lines.filter(({ from }) => from === undefined || !found.includes(from)) }),
  },
];

/** Each change by itself. */
export const transformations: readonly Transformation[] = [
  ...inserted,
  remarkAbove,
  ourCodeBetween,
  emptyLinesGone,
  ...blockMoved,
  blocksTurned,
  ...moves,
  ...layouts,
  ...reformatted,
  ...names,
  ...traps,
];

/** A branch and a rebase: changes on top of one another, as they meet where work of two people is put together. */
export const combined: readonly Transformation[] = [
  ['the file renamed', '3 lines of remarks above everything'],
  ['moved to another place', 'variables renamed'],
  ['the folder renamed', 'indent by tabs'],
  ['a block made the last', 'a remark right above each finding'],
  ['functions of other sources between the blocks', 'variables renamed'],
  ['moved one folder down', 'a block made the first'],
  ['functions renamed', 'no semicolons'],
  ['the file renamed', 'functions of other sources between the blocks', 'indent doubled'],
].map((parts) => ({
  name: parts.join(', then '),
  apply: async (file, place) => {
    let now: MarkedFile | undefined = file;
    for (const part of parts) {
      const step: Transformation | undefined = transformations.find(({ name }) => name === part);
      const changed: Changed | undefined = now === undefined ? undefined : await step?.apply(now, place);
      now = changed?.[0];
    }
    return one(now);
  },
}));
