import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';

/** The value of a literal; undefined for one that is no plain text, number or truth. */
export function literalValue(node: SyntaxNode, text: string): string | number | boolean | null | undefined {
  switch (node.type) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'null_literal':
      return null;
    case 'string_literal':
      return text.startsWith('"""') ? textBlock(text) : unescaped(text.slice(1, -1));
    case 'character_literal':
      return unescaped(text.slice(1, -1));
    default:
      return numberOf(text);
  }
}

export const literalTypes: ReadonlySet<string> = new Set([
  'true',
  'false',
  'null_literal',
  'string_literal',
  'character_literal',
  'decimal_integer_literal',
  'hex_integer_literal',
  'octal_integer_literal',
  'binary_integer_literal',
  'decimal_floating_point_literal',
  'hex_floating_point_literal',
]);

function numberOf(text: string): number | undefined {
  const plain = text.replaceAll('_', '');
  const isHex = /^0x/iu.test(plain);
  const digits = plain.replace(isHex ? /l$/iu : /[lfd]$/iu, '');
  const value = /^0[0-7]+$/u.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return Number.isNaN(value) ? undefined : value;
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['b', '\b'],
  ['f', '\f'],
  ['s', ' '],
  ['\n', ''],
]);

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\(?:u+[0-9a-fA-F]{4}|[0-3]?[0-7]{1,2}|[\s\S])/gu, (escape) => {
    const code = /^\\u+([0-9a-fA-F]{4})$/u.exec(escape)?.[1];
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    if (/^\\[0-7]/u.test(escape)) return String.fromCharCode(Number.parseInt(escape.slice(1), 8));
    return escapes.get(escape.slice(1)) ?? escape.slice(1);
  });
}

/** The text of a block, without the indent that all its lines share. */
function textBlock(text: string): string {
  const lines = text
    .slice(3, -3)
    .replace(/^[ \t]*\n/u, '')
    .split('\n');
  const indents = lines.flatMap((line, index) =>
    line.trim() === '' && index < lines.length - 1 ? [] : [/^[ \t]*/u.exec(line)?.[0].length ?? 0],
  );
  const indent = Math.min(...indents.slice(0, linesMax));
  return unescaped(lines.map((line) => line.slice(indent).trimEnd()).join('\n'));
}

const linesMax = 10_000; // a call takes no more arguments than the stack bears
