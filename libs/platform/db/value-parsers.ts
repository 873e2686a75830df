import pg from 'pg';

/**
 * How a column value arrives in a `Row`, decided once for every pool:
 * `bigint` is a number when it is safe, else its decimal text (a schema that wants a number then refuses it);
 * `timestamptz` is ISO 8601 in UTC with exactly three decimals, so that text order is time order;
 * `date` and `timestamp` stay text; `json` and `jsonb` are parsed; `bytea` is a Buffer; `numeric` is text.
 */
export const valueParsers = new pg.TypeOverrides();

const { builtins } = pg.types;
valueParsers.setTypeParser(builtins.INT8, 'text', safeInteger);
valueParsers.setTypeParser(builtins.TIMESTAMPTZ, 'text', instantText);
valueParsers.setTypeParser(builtins.TIMESTAMP, 'text', String);
valueParsers.setTypeParser(builtins.DATE, 'text', String);

function safeInteger(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

/** `2026-11-21 09:24:47.12+00` becomes `2026-11-21T09:24:47.120Z`. Every connection runs in UTC; finer decimals are cut off. */
function instantText(text: string): string {
  const found = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?\+00$/u.exec(text);
  if (found === null) return text; // infinity, or a year outside four digits: the reader's schema decides
  const [, day = '', time = '', decimals = ''] = found;
  return `${day}T${time}.${decimals.slice(0, 3).padEnd(3, '0')}Z`;
}
