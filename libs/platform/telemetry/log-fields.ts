import { limits } from '@lib/contract';

/** A figure, an id, a digest, a code. Nothing nested: nested values are how content gets into logs. */
export type LogValue = string | number | boolean | null | undefined;

/** Names under which content or secrets would travel. The compiler refuses them; `safeFields` drops them all the same. */
export const contentFields = [
  'authorization',
  'body',
  'code',
  'content',
  'cookie',
  'data',
  'excerpt',
  'message',
  'password',
  'payload',
  'prompt',
  'query',
  'secret',
  'snippet',
  'source',
  'sql',
  'stack',
  'text',
  'token',
  'url',
  'values',
] as const;

/** Fields of a log line. */
export type LogFields = Readonly<Record<string, LogValue>> & Readonly<Partial<Record<(typeof contentFields)[number], never>>>;

const refused: ReadonlySet<string> = new Set([...contentFields, 'event', 'level', 'time']);

/** What may be written: refused names left out, long strings cut, values that are not plain left out. */
export function safeFields(fields: Readonly<Record<string, unknown>>): Record<string, LogValue> {
  const kept = Object.entries(fields).flatMap(([name, value]) =>
    refused.has(name) || !isPlain(value)
      ? []
      : [[name, typeof value === 'string' ? value.slice(0, limits.logFieldCharsMax) : value] as const],
  );
  return Object.fromEntries(kept.slice(0, limits.logFieldsMax));
}

function isPlain(value: unknown): value is LogValue {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
