import { createHash } from 'node:crypto';
import type { DraftLineage } from '@lib/contract';
import { shapeOf } from './token-shape.ts';

/**
 * What identifies a finding across scans. `context` is text that moves with the code (the sink expression, the resource address),
 * never a line number; `occurrence` tells equal contexts in one file apart, counted from the top.
 */
export type FingerprintParts = {
  readonly ruleId: string;
  readonly path: string;
  readonly context: string;
  readonly occurrence: number;
};

/** SHA-256 over length-prefixed parts, white space in the context folded. Lower-case hexadecimal. */
export function fingerprint(parts: FingerprintParts): string {
  const hash = createHash('sha256');
  for (const part of [parts.ruleId, parts.path, parts.context.replaceAll(/\s+/gu, ' ').trim(), String(parts.occurrence)]) {
    hash.update(`${String(part.length)}:${part};`);
  }
  return hash.digest('hex');
}

/** How a draft is known: by its fingerprint, and by what is left of it when rule or path change. `isCode`: the context is source text. */
export function identify(parts: FingerprintParts & { readonly isCode?: boolean }): {
  readonly fingerprint: string;
  readonly lineage: DraftLineage;
} {
  return {
    fingerprint: fingerprint(parts),
    lineage: {
      context: traitOf(parts.context.replaceAll(/\s+/gu, ' ').trim()),
      ...(parts.isCode === true ? { shape: traitOf(shapeOf(parts.context)) } : {}),
    },
  };
}

function traitOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Counts equal (rule, path, context) triples, so that each gets its own `occurrence`. One counter per scan. */
export function occurrenceCounter(): (ruleId: string, path: string, context: string) => number {
  const seen = new Map<string, number>();
  return (ruleId, path, context) => {
    const key = `${ruleId}\n${path}\n${context}`;
    const occurrence = seen.get(key) ?? 0;
    seen.set(key, occurrence + 1);
    return occurrence;
  };
}
