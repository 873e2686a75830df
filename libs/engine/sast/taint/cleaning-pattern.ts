import type { Models } from '../models/compile-models.ts';
import { onlyConstant, stringsOf, type Value } from './value.ts';

/** What a replacement makes harmless: everything, when it leaves only plain characters; markup, when it escapes `<`. As bits. */
export function cleaningPattern(models: Models, pattern: Value, replacement: Value): number {
  const keeps = keepsMarkup(replacement);
  const [text] = stringsOf(pattern);
  let bits = text === '<' && !keeps ? markupBits(models) : 0;
  for (const { regexp } of pattern.objects) {
    if (regexp?.flags.includes('g') !== true) continue;
    if (keepsOnlyPlain(regexp.pattern)) bits |= models.everyKind;
    if (regexp.pattern.includes('<') && !keeps) bits |= markupBits(models);
    if (regexp.pattern.includes('.*+?^$') && stringsOf(replacement).some((by) => by.includes('$&'))) bits |= bit(models, 'regex');
    if (/\\[rn]/u.test(regexp.pattern)) bits |= bit(models, 'log') | bit(models, 'header');
  }
  return bits;
}

function markupBits(models: Models): number {
  return bit(models, 'html') | bit(models, 'dom-html');
}

/** The bits of a test that a text matches this expression from end to end. */
export function matchingPattern(models: Models, source: string): number {
  if (!source.startsWith('^')) return 0;
  let bits = 0;
  if (/^\^https?:(?:\\?\/){2}(?:[\w-]|\\\.)+(?:\\?\/|\$)/u.test(source)) bits |= bit(models, 'url') | bit(models, 'redirect');
  if (!source.endsWith('$') || hasTopLevelChoice(source)) return bits;
  return allowsOnlyPlain(source.slice(1, -1)) ? bits | models.everyKind : bits;
}

export function bit(models: Models, kind: string): number {
  return models.bits.get(kind) ?? 0;
}

function keepsMarkup(replacement: Value): boolean {
  const only = onlyConstant(replacement);
  return only !== undefined && typeof only.value === 'string' && only.value.includes('<');
}

/** `[^a-z0-9_-]`: what is replaced is everything but these. */
function keepsOnlyPlain(pattern: string): boolean {
  const negated = /^\[\^((?:\\.|[^\]\\])*)\][+*]?$/u.exec(pattern);
  if (negated?.[1] === undefined) return pattern === '\\W' || pattern === '\\W+' || pattern === '\\D' || pattern === '\\D+';
  return plainClass.test(negated[1]);
}

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
