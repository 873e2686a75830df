import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { auditActions } from '@lib/contract';
import { leafHash } from '@lib/engine/tlog';
import { sampleEntry } from '../../../../tools/tamper/sample-bundle.ts';
import { viewWriter, type ViewName } from './audit-view.ts';
import { eventColumns, eventRow } from './event-row.ts';
import type { LeafRecord } from './leaf-record.ts';
import { ocsfClass } from './ocsf-class.ts';
import { ocsfEvent } from './ocsf-event.ts';

const records: readonly LeafRecord[] = Array.from({ length: 40 }, (_, index) => {
  const entry = sampleEntry(index);
  return { index, entry, hash: leafHash(entry) };
});
const hostile = (entry: string): LeafRecord => ({ index: 0, entry: Buffer.from(entry), hash: leafHash(Buffer.from(entry)) });

/** A whole view, in groups of a given length. */
function render(name: ViewName, groupLength = records.length): Buffer {
  const view = viewWriter(name);
  const groups: Uint8Array[] = [];
  for (let at = 0; at < records.length; at += groupLength) groups.push(view.group(records.slice(at, at + groupLength)));
  return Buffer.concat([view.head, ...groups, view.tail()]);
}
const golden = (file: string): string => readFileSync(join(import.meta.dirname, '__golden__', file), 'utf8');

describe('views', () => {
  it('version_1_of_the_table_and_of_ocsf_is_what_was_published', () => {
    const three = records.slice(0, 3);
    expect(`${Buffer.from(viewWriter('csv').head).toString()}${Buffer.from(viewWriter('csv').group(three)).toString()}`).toBe(
      golden('events-v1.csv'),
    );
    expect(Buffer.from(viewWriter('ocsf').group(three)).toString()).toBe(golden('events-v1.ocsf.jsonl'));
  });

  it('json_lines_are_the_hashed_bytes', () => {
    const lines = render('jsonl').toString().trimEnd().split('\n');
    expect(lines.map((line) => Buffer.from(leafHash(Buffer.from(line))).toString('hex'))).toEqual(
      records.map(({ hash }) => Buffer.from(hash).toString('hex')),
    );
  });

  it.each([1, 7, 40])('parquet_in_groups_of_%i_reads_in_an_independent_reader_as_the_rows_of_the_table', async (length) => {
    const bytes = render('parquet', length);
    const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    expect(rows.map((row) => ({ ...row, leaf_index: Number(row['leaf_index']) }))).toEqual(records.map(eventRow));
  });

  it('all_views_have_the_same_rows_and_each_names_its_leaf', async () => {
    const hashes = records.map(({ hash }) => Buffer.from(hash).toString('hex'));
    const csv = render('csv').toString().split('\r\n').slice(1, -1);
    expect(csv.map((line) => line.split(',')[1])).toEqual(hashes);
    const ocsf = render('ocsf').toString().trimEnd().split('\n');
    expect(ocsf.map((line) => (JSON.parse(line) as { unmapped: { leaf_hash: string } }).unmapped.leaf_hash)).toEqual(hashes);
    const parquet = await parquetReadObjects({ file: new Uint8Array(render('parquet')).buffer });
    expect(parquet.map((row) => row['leaf_hash'] as string)).toEqual(hashes);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '|cmd'])('a_cell_that_begins_with_%j_runs_nothing_in_a_spreadsheet', (text) => {
    const cell =
      Buffer.from(viewWriter('csv').group([hostile(JSON.stringify({ purpose: text }))]))
        .toString()
        .split(',')[9] ?? '';
    expect(cell.replace(/^"/u, '')).toMatch(/^'/u);
  });

  it('quotes_commas_and_line_ends_stay_in_their_cell', () => {
    const line = Buffer.from(viewWriter('csv').group([hostile(JSON.stringify({ purpose: 'a "b", c\r\nd' }))])).toString();
    expect(line).toContain(',"a ""b"", c\r\nd",');
  });

  it.each(['', 'not json', '[1]', 'null', '{"actor":1,"targets":{},"context":[],"occurredAt":9}'])(
    'bytes_that_are_no_event_give_a_row_and_no_failure: %j',
    (text) => {
      for (const name of ['csv', 'ocsf', 'parquet', 'jsonl'] as const)
        expect(viewWriter(name).group([hostile(text)]).length).toBeGreaterThan(0);
    },
  );

  it('what_has_no_column_is_kept_in_the_last_one', () => {
    expect(eventRow(hostile('{"v":2,"ticket":"T-1","context":{"requestId":"r","ip":"x"}}'))).toMatchObject({
      request_id: 'r',
      other: '{"ticket":"T-1","context":{"ip":"x"}}',
    });
    expect(eventColumns.at(-1)).toBe('other');
  });
});

describe('ocsf', () => {
  it('every_action_of_the_catalogue_has_the_attributes_that_its_class_requires', () => {
    const required = {
      3001: ['user'],
      3002: ['user', 'service'],
      3004: ['entity'],
      6003: ['actor', 'api', 'src_endpoint'],
      6005: ['actor', 'src_endpoint', 'table'],
    };
    for (const action of auditActions) {
      const event = JSON.parse(
        ocsfEvent(
          hostile(
            JSON.stringify({ action, occurredAt: '2026-01-01T00:00:00.000Z', outcome: 'success', actor: { id: 'a', type: 'token' } }),
          ),
        ),
      ) as Record<string, unknown>;
      const { classUid, activityId } = ocsfClass(action);
      expect(event).toMatchObject({
        class_uid: classUid,
        category_uid: Math.floor(classUid / 1000),
        type_uid: classUid * 100 + activityId,
        time: 1_767_225_600_000,
      });
      for (const name of [...required[classUid], 'metadata', 'severity_id']) expect(event).toHaveProperty(name);
    }
  });

  it.each([
    ['session.started', 3002, 1],
    ['session.ended', 3002, 2],
    ['token.created', 3001, 1],
    ['token.revoked', 3001, 6],
    ['finding.read', 6005, 1],
    ['audit.listed', 6005, 4],
    ['finding.decided', 3004, 3],
    ['scan.requested', 6003, 1],
    ['something.new', 6003, 99],
  ] as const)('%s is class %i, activity %i', (action, classUid, activityId) => {
    expect(ocsfClass(action)).toEqual({ classUid, activityId });
  });
});
