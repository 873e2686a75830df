import { auditViewNames } from '@lib/contract';
import { csvHead, csvRow } from './csv-row.ts';
import { eventRow } from './event-row.ts';
import type { LeafRecord } from './leaf-record.ts';
import { ocsfEvent } from './ocsf-event.ts';
import { type ParquetGroup, parquetGroup, parquetHead, parquetTail } from './parquet-file.ts';

/** Leaves from which views are made at once; a group begins at a multiple of it, so that whoever has the leaves makes the same bytes. */
export const viewGroupLeaves = 2_048;

/** `jsonl` is the hashed bytes themselves, a line each; the others are derived and carry leaf index and leaf hash. */
export const viewNames = auditViewNames;
export type ViewName = (typeof viewNames)[number];

/** Where a view stands in a bundle. */
export const viewPaths: Readonly<Record<ViewName, string>> = {
  jsonl: 'views/events.jsonl',
  csv: 'views/events.csv',
  ocsf: 'views/events.ocsf.jsonl',
  parquet: 'views/events.parquet',
};

/** Line `n` of this file is the leaf index of line `n` of the JSON Lines; only a filtered export needs it. */
export const indexPath = 'views/events.index';

/** A view in the making. It remembers what its end needs: nothing, or where the groups of a Parquet file lie. */
export type ViewWriter = {
  readonly head: Uint8Array;
  /** Renders the records of one group, which are those of one stretch of `viewGroupLeaves` leaves; none gives no bytes. */
  readonly group: (records: readonly LeafRecord[]) => Uint8Array;
  /** Bytes of one record where a record has bytes of its own. */
  readonly row: ((record: LeafRecord) => Uint8Array) | undefined;
  readonly tail: () => Uint8Array;
  readonly groups: () => readonly ParquetGroup[];
};

/** Starts a view, or takes one up again after the groups that are written. */
export function viewWriter(name: ViewName, written: readonly ParquetGroup[] = []): ViewWriter {
  switch (name) {
    case 'jsonl':
      return lines(({ entry }) => Buffer.concat([entry, newline]));
    case 'csv':
      return { ...lines((record) => Buffer.from(csvRow(eventRow(record)), 'utf8')), head: csvHead };
    case 'ocsf':
      return lines((record) => Buffer.from(`${ocsfEvent(record)}\n`, 'utf8'));
    case 'parquet':
      return parquet([...written]);
  }
}

/** The line of the index file for a record. */
export function indexLine({ index }: LeafRecord): Uint8Array {
  return Buffer.from(`${String(index)}\n`, 'latin1');
}

const newline = Buffer.of(0x0a);
const nothing = new Uint8Array(0);

function lines(row: (record: LeafRecord) => Uint8Array): ViewWriter {
  return { head: nothing, group: (records) => Buffer.concat(records.map(row)), row, tail: () => nothing, groups: () => [] };
}

function parquet(groups: ParquetGroup[]): ViewWriter {
  return {
    head: parquetHead,
    group: (records) => {
      if (records.length === 0) return nothing;
      const { bytes, group } = parquetGroup(records.map(eventRow));
      groups.push(group);
      return bytes;
    },
    row: undefined,
    tail: () => parquetTail(groups),
    groups: () => groups,
  };
}
