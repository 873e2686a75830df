import type { Json } from '@lib/kernel';
import type { LeafRecord } from './leaf-record.ts';

/** Columns of the derived tables, version 1, in order. New ones are only ever added at the end. */
export const eventColumns = [
  'leaf_index',
  'leaf_hash',
  'event_id',
  'occurred_at',
  'action',
  'outcome',
  'actor_type',
  'actor_id',
  'targets',
  'purpose',
  'request_id',
  'detail',
  'other',
] as const;

/** One event as a row of text. `targets`, `detail` and `other` (every member that has no column) are JSON, or empty. */
export type EventRow = Readonly<Record<Exclude<(typeof eventColumns)[number], 'leaf_index'>, string>> & { readonly leaf_index: number };

type Members = Readonly<Record<string, Json | undefined>>;

/**
 * Makes the row of a leaf. It depends on the leaf alone, so whoever has the entry can make it again and compare.
 * Never fails: bytes that are no event of ours give empty columns, because a checker meets hostile bytes here.
 */
export function eventRow(record: LeafRecord): EventRow {
  const known = rows.get(record);
  if (known !== undefined) return known;
  const row = makeRow(record);
  rows.set(record, row);
  return row;
}

// several views of one record are made one after the other
const rows = new WeakMap<LeafRecord, EventRow>();
const parsed = new WeakMap<Uint8Array, Members>();

function makeRow({ index, hash, entry }: LeafRecord): EventRow {
  const event = eventMembers(entry);
  const { type: actorType, id: actorId } = membersOf(event['actor']);
  const { requestId, ...restOfContext } = membersOf(event['context']);
  const { id, occurredAt, action, outcome, targets, purpose, detail } = event;
  const rest = {
    ...Object.fromEntries(Object.entries(event).filter(([name]) => !membersWithColumn.has(name))),
    ...(Object.keys(restOfContext).length === 0 ? {} : { context: restOfContext }),
  };
  return {
    leaf_index: index,
    leaf_hash: Buffer.from(hash).toString('hex'),
    event_id: text(id),
    occurred_at: text(occurredAt),
    action: text(action),
    outcome: text(outcome),
    actor_type: text(actorType),
    actor_id: text(actorId),
    targets: jsonOf(targets),
    purpose: text(purpose),
    request_id: text(requestId),
    detail: jsonOf(detail),
    other: Object.keys(rest).length === 0 ? '' : JSON.stringify(rest),
  };
}

// version and tenant are those of the whole log
const membersWithColumn: ReadonlySet<string> = new Set(
  'v id tenant action occurredAt actor targets purpose outcome context detail'.split(' '),
);

function parse(entry: Uint8Array): Json | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength).toString('utf8'));
    return isJson(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

// what JSON.parse gives is one of these
function isJson(value: unknown): value is Json {
  return value === null || ['string', 'number', 'boolean', 'object'].includes(typeof value);
}

/** The members of an object; none when the value is something else. */
export function membersOf(value: Json | undefined): Members {
  return typeof value === 'object' && value !== null && !isList(value) ? value : {};
}

/** The elements of a list; none when the value is something else. */
export function elementsOf(value: Json | undefined): readonly Json[] {
  return typeof value === 'object' && value !== null && isList(value) ? value : [];
}

/** The members of the event that an entry says; none when it is no JSON object. */
export function eventMembers(entry: Uint8Array): Members {
  const known = parsed.get(entry);
  if (known !== undefined) return known;
  const members = membersOf(parse(entry));
  parsed.set(entry, members);
  return members;
}

function isList(value: readonly Json[] | object): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value when it is text, else nothing. */
export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function jsonOf(value: Json | undefined): string {
  return value === undefined ? '' : JSON.stringify(value);
}
