import type { IrModule } from '../ir/module.ts';
import type { Models } from '../models/compile-models.ts';
import { onlyConstant, stringsOf, type Value } from './value.ts';

/** A replacement: what is looked for, what is put in its place, and in what. */
export type Replacement = { readonly pattern: Value; readonly replacement: Value; readonly subject: Value };

/** What a replacement makes harmless: everything, when it leaves only plain characters; markup, when it escapes `<`. As bits. */
export function cleaningPattern(models: Models, { pattern, replacement, subject }: Replacement): number {
  const [text] = stringsOf(pattern);
  let bits = text === '<' && !keepsMarkup(replacement) ? markupBits(models) : 0;
  for (const { regexp } of pattern.objects) {
    if (regexp?.flags.includes('g') === true) bits |= bitsOfEvery(models, regexp.pattern, replacement);
    // In a path that was normalised, steps out of the folder stand at the beginning only.
    const isNormal = subject.taints.every((taint) => (taint.safe & bit(models, 'normalized')) !== 0);
    if (isNormal && regexp !== undefined && /^\^?\(\\\.\\\..*\)[+*]$/u.test(regexp.pattern)) bits |= bit(models, 'no-dots');
  }
  return bits;
}

/** What is gone when every place that the expression finds is replaced. */
function bitsOfEvery(models: Models, pattern: string, replacement: Value): number {
  const by = stringsOf(replacement);
  let bits = bitsOfKept(models, pattern);
  if (quotesForShell(pattern, by)) bits |= bit(models, 'command');
  if (pattern.includes('<') && !keepsMarkup(replacement)) bits |= markupBits(models);
  if (pattern.includes('.*+?^$') && by.some((text) => text.includes('$&'))) bits |= bit(models, 'regex');
  if (/\\[rn]/u.test(pattern)) bits |= bit(models, 'log') | bit(models, 'header');
  if (takesPathSigns(pattern) && !by.some((text) => /[./]/u.test(text)))
    bits |= takesSlashes(pattern) ? pathBits(models) : bit(models, 'no-dots');
  return bits;
}

/** What a path that cannot leave its folder cannot harm. */
export function pathBits(models: Models): number {
  return bit(models, 'path') | bit(models, 'zip-entry');
}

/** What is known of a path without two dots. In JavaScript it may still begin at the root; elsewhere joining paths takes care of that. */
export function dotlessBits(models: Models, language: IrModule['language']): number {
  return bit(models, 'no-dots') | (language === 'javascript' ? 0 : pathBits(models));
}

/** One of the choices is a dot, two dots or a slash, wherever it stands: none is left of what steps out of a folder are made of. */
function takesPathSigns(pattern: string): boolean {
  if (/^\[(?!\^)(?:\\.|[^\]\\])*\]\+?$/u.test(pattern)) return /[./]/u.test(pattern);
  return pattern.split('|').some((choice) => /^(?:\\\.){1,2}\+?$|^\\?\/$/u.test(choice));
}

/** Without slashes there is neither a way out nor one from the root. */
function takesSlashes(pattern: string): boolean {
  return /(?:^|\|)\\?\/(?:$|\|)|^\[(?!\^)(?:\\.|[^\]\\])*?\\?\//u.test(pattern);
}

/** The expression finds two dots in a row wherever they stand. */
export function findsDots(pattern: string): boolean {
  return pattern.split('|').some((choice) => /^\(?(?:\\\.){2}(?:\\?\/|\[[\\/]+\])?\)?$/u.test(choice));
}

/** What a text without markup cannot harm. */
export function markupBits(models: Models): number {
  return bit(models, 'html') | bit(models, 'dom-html');
}

/** The bits of a test that a text matches this expression from end to end. */
export function matchingPattern(models: Models, source: string): number {
  if (!source.startsWith('^')) return 0;
  let bits = 0;
  if (/^\^https?:(?:\\?\/){2}(?:[\w-]|\\\.)+(?:\\?\/|\$)/u.test(source)) bits |= bit(models, 'url') | bit(models, 'redirect');
  if (!source.endsWith('$') || hasTopLevelChoice(source)) return bits;
  if (allowsOnlyPlain(source.slice(1, -1))) return bits | models.everyKind;
  return bits | bitsOfPathClass(models, source.slice(1, -1));
}

/** Plain signs and slashes: a path, an address, and nothing else. */
function bitsOfPathClass(models: Models, body: string): number {
  const inner = /^\[(?!\^)((?:\\.|[^\]\\])*)\][+*]?$/u.exec(body)?.[1];
  return inner !== undefined && pathClass.test(inner)
    ? models.everyKind & ~(pathBits(models) | bit(models, 'url') | bit(models, 'redirect'))
    : 0;
}

export function bit(models: Models, kind: string): number {
  return models.bits.get(kind) ?? 0;
}

/** What a text cannot harm in which `[<>&]` found nothing. */
export function bitsOfAbsent(models: Models, pattern: string): number {
  return /^\[(?!\^)(?:\\.|[^\]\\])*<(?:\\.|[^\]\\])*\]\+?$/u.test(pattern) ? markupBits(models) : 0;
}

function keepsMarkup(replacement: Value): boolean {
  const only = onlyConstant(replacement);
  return only !== undefined && typeof only.value === 'string' && only.value.includes('<');
}

/** `[^a-z0-9_-]`: what it finds is everything but these. Of texts that are made of these only, the bits of what they cannot harm. */
export function bitsOfKept(models: Models, pattern: string): number {
  const negated = /^\[\^((?:\\.|[^\]\\])*)\][+*]?$/u.exec(pattern);
  if (negated?.[1] === undefined) return /^(?:\\[WDwS]|\.|\[(?:\\s\\S|\\S\\s|\^)\])\+?$/u.test(pattern) ? models.everyKind : 0;
  if (plainClass.test(negated[1])) return models.everyKind;
  return pathClass.test(negated[1]) ? models.everyKind & ~(pathBits(models) | bit(models, 'url') | bit(models, 'redirect')) : 0;
}

/** Each quote becomes `'\\''`, as texts between single quotes of a shell need it. */
function quotesForShell(pattern: string, by: readonly string[]): boolean {
  return pattern === "'" && by.some((text) => text === "'\\''" || text === `'"'"'`);
}

const pathClass = /^(?:\\[wds.\-+@/]|[\w .,@+:=/-])*$/u;
const plainClass = /^(?:\\[wds.\-+@]|[\w .,@+:-])*$/u;

/** The body of an anchored expression lets only letters, digits and harmless signs through. */
function allowsOnlyPlain(body: string): boolean {
  const withoutClasses = body.replaceAll(/\[((?:\\.|[^\]\\])*)\]/gu, (_, inner: string) => (plainClass.test(inner) ? 'x' : '.'));
  const withoutCounts = withoutClasses.replaceAll(/\{\d+(?:,\d*)?\}/gu, '');
  return /^(?:\\[wdbs.\-+@]|\(\?:|[\w()|?+*@:, -])*$/u.test(withoutCounts);
}

function hasTopLevelChoice(source: string): boolean {
  let depth = 0;
  for (let at = 0; at < source.length; at++) {
    const character = source[at];
    if (character === '\\') at++;
    else if (character === '(' || character === '[') depth++;
    else if (character === ')' || character === ']') depth--;
    else if (character === '|' && depth === 0) return true;
  }
  return false;
}
