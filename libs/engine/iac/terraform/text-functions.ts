import { Buffer } from 'node:buffer';
import { limits } from '@lib/contract';
import { list, scalar, textOf, type Place, type Value } from '../model/value.ts';
import type { TerraformFunction } from './terraform-function.ts';

type Scalar = string | number | boolean;

/** Terraform's functions over texts and numbers. Source: https://developer.hashicorp.com/terraform/language/functions */
export const textFunctions: readonly (readonly [string, TerraformFunction])[] = [
  ['lower', onTexts(1, ([text = '']) => text.toLowerCase())],
  ['upper', onTexts(1, ([text = '']) => text.toUpperCase())],
  ['title', onTexts(1, ([text = '']) => text.replaceAll(/(?<![\p{L}\p{N}_])\p{Ll}/gu, (letter) => letter.toUpperCase()))],
  ['trimspace', onTexts(1, ([text = '']) => text.trim())],
  ['chomp', onTexts(1, ([text = '']) => text.replace(/[\r\n]+$/u, ''))],
  ['trim', onTexts(2, ([text = '', cut = '']) => trimmed(text, cut))],
  ['trimprefix', onTexts(2, ([text = '', prefix = '']) => (text.startsWith(prefix) ? text.slice(prefix.length) : text))],
  ['trimsuffix', onTexts(2, ([text = '', suffix = '']) => (suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text))],
  ['startswith', onTexts(2, ([text = '', prefix = '']) => text.startsWith(prefix))],
  ['endswith', onTexts(2, ([text = '', suffix = '']) => text.endsWith(suffix))],
  ['strcontains', onTexts(2, ([text = '', part = '']) => text.includes(part))],
  ['strrev', onTexts(1, ([text = '']) => Array.from(text).toReversed().join(''))],
  ['substr', onTexts(3, ([text = '', offset = '', length = '']) => substring(text, Number(offset), Number(length)))],
  ['base64encode', onTexts(1, ([text = '']) => Buffer.from(text, 'utf8').toString('base64'))],
  ['base64decode', onTexts(1, ([text = '']) => Buffer.from(text, 'base64').toString('utf8'))],
  ['urlencode', onTexts(1, ([text = '']) => encodeURIComponent(text).replaceAll('%20', '+'))],
  ['abs', onNumbers(Math.abs)],
  ['ceil', onNumbers(Math.ceil)],
  ['floor', onNumbers(Math.floor)],
  ['max', onNumbers(Math.max)],
  ['min', onNumbers(Math.min)],
  ['pow', onNumbers((base, exponent) => base ** exponent)],
  ['signum', onNumbers(Math.sign)],
  ['parseint', parseInteger],
  ['formatlist', formatList],
];

function onTexts(arity: number, change: (texts: readonly string[]) => Scalar | undefined): TerraformFunction {
  return (values, place) => {
    const texts = values.slice(0, arity).flatMap((value) => textOf(value) ?? []);
    if (texts.length < arity) return undefined;
    const made = change(texts);
    if (made === undefined || (typeof made === 'string' && made.length > limits.iacTextCharsMax)) return undefined;
    return scalar(
      made,
      place,
      values.flatMap(({ refs }) => refs),
    );
  };
}

function onNumbers(change: (...numbers: number[]) => number): TerraformFunction {
  return (values, place) => {
    const numbers = values.map((value) => Number(textOf(value) ?? Number.NaN));
    const made = change(...numbers.slice(0, limits.iacInstancesMax));
    return numbers.length > limits.iacInstancesMax || !Number.isFinite(made) ? undefined : scalar(made, place);
  };
}

function trimmed(text: string, cut: string): string {
  const letters = new Set(Array.from(cut));
  const all = Array.from(text);
  const first = all.findIndex((letter) => !letters.has(letter));
  return first < 0 ? '' : all.slice(first, all.findLastIndex((letter) => !letters.has(letter)) + 1).join('');
}

function substring(text: string, offset: number, length: number): string | undefined {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length)) return undefined;
  const all = Array.from(text);
  const start = offset < 0 ? all.length + offset : offset;
  return all.slice(start, length < 0 ? undefined : start + length).join('');
}

function parseInteger([text, base]: readonly Value[], place: Place): Value | undefined {
  const made = Number.parseInt(textOf(text) ?? '', Number(textOf(base)));
  return Number.isNaN(made) ? undefined : scalar(made, place);
}

// One pattern over lists of one length; a text stands for itself in each line.
function formatList([pattern, ...columns]: readonly Value[], place: Place): Value | undefined {
  const text = textOf(pattern);
  const lists = columns.filter((column) => column.kind === 'list');
  const length = lists[0]?.items.length;
  if (text === undefined || length === undefined || lists.some((column) => column.open || column.items.length !== length)) return undefined;
  if (/%[^sdv%]/u.test(text) || length > limits.iacNodesMax) return undefined;
  const lines = Array.from({ length }, (_, row) => formatLine(text, columns, row)).filter((line) => line !== undefined);
  if (lines.length < length) return undefined;
  return list(
    lines.map((line) => scalar(line, place)),
    place,
  );
}

function formatLine(pattern: string, columns: readonly Value[], row: number): string | undefined {
  const cells = columns.map((column) => textOf(column.kind === 'list' ? column.items[row] : column));
  if (cells.includes(undefined)) return undefined;
  let at = 0;
  return pattern.replaceAll(/%[sdv%]/gu, (verb) => (verb === '%%' ? '%' : (cells[at++] ?? '')));
}
