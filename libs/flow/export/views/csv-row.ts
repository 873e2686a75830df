import { type EventRow, eventColumns } from './event-row.ts';

/** First line of the table. */
export const csvHead: Uint8Array = Buffer.from(`${eventColumns.join(',')}\r\n`, 'utf8');

/**
 * Renders a row. Source: RFC 4180. A cell that a spreadsheet would take for a formula gets an apostrophe before it, which is the form
 * that spreadsheets themselves use for "this is text". Source: CWE-1236.
 */
export function csvRow(row: EventRow): string {
  return `${eventColumns.map((name) => (name === 'leaf_index' ? String(row[name]) : cell(row[name]))).join(',')}\r\n`;
}

function cell(value: string): string {
  const safe = /^[=+\-@\t\r\n|]/u.test(value) ? `'${value}` : value;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
