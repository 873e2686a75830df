import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '../../../tools/testing/database.ts';
import { staffProgram } from '../../../tools/testing/staff-program.ts';
import { runStaffCommand } from './run-staff-command.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

async function run(...argv: readonly string[]): Promise<{ readonly exit: number; readonly text: string }> {
  let text = '';
  const terminal = { write: (part: string) => void (text += part), checkout: '/nowhere', adminUrl: database.adminUrl };
  return { exit: await runStaffCommand(argv, terminal), text };
}

describe('staff first', () => {
  test.each([
    [[]],
    [['first']],
    [['first', 'Ada']],
    [['first', 'Ada', 'Ada']],
    [['first', 'Ada', '<b>']],
    [['second', 'Ada', 'Ben']],
    [['serve', 'more']],
    [['serve', '--port', '99999']],
    [['serve', '--host', 'x']],
  ])('%j says how it is used', async (argv) => {
    const { exit, text } = await run(...argv);
    expect(exit).toBe(argv.length === 0 ? 0 : 2);
    expect(text).toContain('usage: npm run aegis -- staff first');
  });

  test('gives_each_of_two_people_a_secret_that_lets_them_in_and_again_only_until_one_is_in', async () => {
    const old = await run('first', 'Ada', 'Ben');
    expect(old.exit).toBe(0);
    const { text } = await run('first', 'Ada', 'Ben');
    const [, secret = ''] = /^Ada {2}(\S+)$/mu.exec(text) ?? [];
    const program = await staffProgram(database);
    try {
      const [, stale = ''] = /^Ada {2}(\S+)$/mu.exec(old.text) ?? [];
      await expect(program.enrol(stale)).rejects.toThrow();
      const browser = await program.enrol(secret);
      expect(await program.ask('GET', '/v1/self', { browser })).toMatchObject({ status: 200, json: { person: { name: 'Ada' } } });
      await expect(run('first', 'Eve', 'Mal')).rejects.toMatchObject({ code: 'staff.there_already' });
    } finally {
      await program.close();
    }
  });
});
