import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { callNames } from './call-numbers.ts';
import { sweptNumbers, untriedWhy } from './sweep.ts';

/** What becomes of each number: behind stage 1 alone, in the runner, in the unpacker. */
export const columns = ['early', 'locked', 'filling'] as const;
export type Column = (typeof columns)[number];
export type CallTable = ReadonlyMap<number, Readonly<Record<Column, string>>>;

const path = join(import.meta.dirname, '__golden__/calls.txt');
const width = 26;

/** The table as it was reviewed. Empty before the first `--update`. */
export function readCallTable(): CallTable {
  const rows = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  return new Map(
    rows
      .filter((row) => /^ *\d/u.test(row))
      .map((row) => {
        const [number = '', , early = '', locked = '', filling = ''] = row.trim().split(/\s+/u);
        return [Number(number), { early, locked, filling }];
      }),
  );
}

/** Writes the table for review: a change of it is a change of the walls. */
export function writeCallTable(table: CallTable): void {
  const head = [
    'Every system call by number, and what the filters do with it: behind stage 1 alone, in the runner (stage 2, read only), in the unpacker',
    '(stage 2, one folder to fill). Calls whose arguments are checked are shown with arguments that no call accepts. Numbers that no kernel has',
    'yet are EPERM once the walls are closed. Made by `npm run test:escape -- --update`.',
    '',
    `${'number'.padStart(6)}  ${'call'.padEnd(width)}${columns.map((column) => column.padEnd(9)).join('')}`.trimEnd(),
  ];
  const rows = sweptNumbers.map((number) => {
    const outcomes = table.get(number);
    const cells = columns.map((column) => (outcomes?.[column] ?? (untriedWhy(number) === undefined ? '-' : 'allowed')).padEnd(9));
    return `${String(number).padStart(6)}  ${(callNames.get(number) ?? '-').padEnd(width)}${cells.join('')}`.trimEnd();
  });
  writeFileSync(path, `${[...head, ...rows].join('\n')}\n`);
}
