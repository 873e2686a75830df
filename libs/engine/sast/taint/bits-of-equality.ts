import type { Models } from '../models/compile-models.ts';
import { bit } from './cleaning-pattern.ts';
import type { Relation } from './relation.ts';
import { hostBits } from './starts-with.ts';
import { onlyConstant, type Value } from './value.ts';

const plainTypes: ReadonlySet<unknown> = new Set(['number', 'boolean', 'undefined', 'function', 'symbol', 'bigint']);

/** Something made from the value equals something else. */
export function bitsOfEquality(models: Models, relation: Relation, other: Value): number {
  if (relation === 'type') {
    const word = onlyConstant(other)?.value;
    return word === 'string' ? models.textBits : plainTypes.has(word) ? models.everyKind : 0;
  }
  if (other.taints.length > 0) return 0;
  if (relation === 'host') return hostBits(models);
  return relation === 'text' || relation === 'same' ? models.everyKind : 0;
}

/** A key that is not `__proto__` reaches no prototype. */
export function bitsOfDifference(models: Models, other: Value): number {
  return onlyConstant(other)?.value === '__proto__' ? prototypeBits(models) : 0;
}

export function prototypeBits(models: Models): number {
  return bit(models, 'prototype-key') | bit(models, 'prototype-merge');
}

/** An expression that finds `__proto__` did not. */
export function bitsOfPrototypeNames(models: Models, pattern: string): number {
  return pattern.includes('__proto__') ? prototypeBits(models) : 0;
}

/** What is no text harms nothing that reads texts, and what is no object leads to no prototype. */
export function bitsOfOtherType(models: Models, word: unknown): number {
  return word === 'string' ? models.everyKind & ~models.textBits : word === 'object' ? models.textBits : 0;
}
