import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { getFinding, findingSchema, listScans, severityRank } from '@lib/contract';
import { testApi, type TestApi } from '../../../tools/testing/api.ts';
import { commandRunner, type CommandRun } from '../../../tools/testing/cli-terminal.ts';
import { plantFindings, plantRepository, plantScan } from '../../../tools/testing/plant.ts';
import { keepApiAddress } from '../api/api-address.ts';
import { runScansCommand } from '../scans/run-scans-command.ts';
import { runFindingsCommand } from './run-findings-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'aegis-findings-'));
let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  await keepApiAddress(folder, { base: api.base, token: api.acme.write });
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

const aegis = commandRunner(folder);
const findings = (...argv: readonly string[]): Promise<CommandRun> => aegis(runFindingsCommand, ...argv);
const onTerminal = (...argv: readonly string[]): Promise<CommandRun> => commandRunner(folder, { isTty: true })(runFindingsCommand, ...argv);
const listSchema = z.object({ findings: z.array(findingSchema), total: z.int() });

let planted = 0;
async function plant(...found: readonly { readonly path: string; readonly severity: 'critical' | 'low' }[]) {
  const name = `shop ${String((planted += 1))}`;
  const repositoryId = await plantRepository(api, api.acme, name);
  const scanId = await plantScan(api, api.acme, { repositoryId, state: 'succeeded' });
  const ids = await plantFindings(
    api,
    api.acme,
    found.map(({ path, severity }) => ({
      repositoryId,
      scanId,
      path,
      severity: severityRank(severity),
      score: 10 * severityRank(severity),
    })),
  );
  return { name, scanId, ids };
}

describe('aegis findings list', () => {
  it('says_the_worst_first_with_the_ids_that_the_other_commands_take', async () => {
    const { name, ids } = await plant({ path: 'b.js', severity: 'low' }, { path: 'a.js', severity: 'critical' });
    const { code, out } = await onTerminal('list', '--repository', name);
    expect(code).toBe(0);
    expect(out.indexOf('CRITICAL (1)')).toBeGreaterThan(-1);
    expect(out.indexOf('LOW (1)')).toBeGreaterThan(out.indexOf('CRITICAL (1)'));
    for (const id of ids) expect(out).toContain(id);
  });

  it('says_json_where_nobody_looks_and_the_filters_are_those_of_the_api', async () => {
    const { name, ids } = await plant({ path: 'a.js', severity: 'critical' }, { path: 'b.js', severity: 'low' });
    const { code, out } = await findings('list', '--repository', name, '--severity', 'critical');
    const found = listSchema.parse(JSON.parse(out));
    expect([code, found.total, found.findings.map(({ id }) => id)]).toEqual([0, 1, [ids[0]]]);
  });

  it('says_how_many_there_are_when_it_shows_fewer', async () => {
    const { name } = await plant(...Array.from({ length: 3 }, (_, index) => ({ path: `${String(index)}.js`, severity: 'low' as const })));
    expect((await onTerminal('list', '--repository', name, '--limit', '2')).out).toContain('2 of 3');
  });

  it.each([
    [['--severity', 'awful'], 2, '--severity has no such value'],
    [['--limit', '0'], 2, '--limit has no such value'],
    [['--limit', 'many'], 2, '--limit has no such value'],
    [['--shape', 'round'], 2, "Unknown option '--shape'"],
  ])('refuses %j', async (words, code, text) => {
    const run = await findings('list', ...words);
    expect([run.code, run.errors]).toEqual([code, expect.stringContaining(text)]);
  });

  it('a_repository_that_is_not_there_is_named', async () => {
    await expect(findings('list', '--repository', 'nowhere')).rejects.toMatchObject({ code: 'cli.repository_unknown' });
  });
});

describe('aegis findings show', () => {
  it('shows_place_code_score_evidence_and_history', async () => {
    const { ids } = await plant({ path: 'a.js', severity: 'critical' });
    await findings('triage', ids[0] ?? '', '--state', 'in_review', '--comment', 'looking');
    const { code, out } = await onTerminal('show', ids[0] ?? '');
    expect(code).toBe(0);
    for (const text of ['CRITICAL', 'a.js:', 'score', 'Evidence', 'verified', 'History', 'open -> in_review  looking'])
      expect(out).toContain(text);
  });

  it('says_json_where_nobody_looks', async () => {
    const { ids } = await plant({ path: 'a.js', severity: 'low' });
    const { out } = await findings('show', ids[0] ?? '');
    const { finding } = z.object({ finding: getFinding.answers[200].schema }).parse(JSON.parse(out));
    expect(finding.id).toBe(ids[0]);
  });

  it('ends_with_1_where_the_evidence_is_not_what_was_sealed', async () => {
    const { ids } = await plant({ path: 'a.js', severity: 'low' });
    await api.database.admin(`update app.sighting set sha256 = sha256('other') where finding_id = $1`, [ids[0]]);
    const { code, out } = await onTerminal('show', ids[0] ?? '');
    expect([code, out]).toEqual([1, expect.stringContaining('mismatch')]);
  });

  it('an_unknown_id_ends_in_the_code_of_the_api', async () => {
    await expect(findings('show', '00000000-0000-4000-8000-000000000000')).rejects.toThrow('finding.not_found');
  });
});

describe('aegis findings triage', () => {
  const statesOf = async (name: string) =>
    listSchema.parse(JSON.parse((await findings('list', '--repository', name)).out)).findings.map(({ state }) => state);

  it('one_finding_is_decided_and_taken_back', async () => {
    const { name, ids } = await plant({ path: 'a.js', severity: 'critical' });
    expect(await findings('triage', ids[0] ?? '', '--state', 'confirmed')).toMatchObject({ code: 0, errors: '' });
    expect(await statesOf(name)).toEqual(['confirmed']);
    await findings('triage', ids[0] ?? '', '--state', 'open');
    expect(await statesOf(name)).toEqual(['open']);
  });

  it('several_are_decided_only_when_their_number_is_repeated', async () => {
    const { name, ids } = await plant({ path: 'a.js', severity: 'critical' }, { path: 'b.js', severity: 'low' });
    const refused = await findings('triage', ...ids, '--state', 'confirmed');
    expect([refused.code, refused.errors]).toEqual([2, expect.stringContaining('say --count 2 if all are meant')]);
    expect(await statesOf(name)).toEqual(['open', 'open']);
    const done = await findings('triage', ...ids, '--state', 'confirmed', '--count', '2');
    expect([done.code, done.out]).toEqual([0, '2 changed\n']);
    expect(await statesOf(name)).toEqual(['confirmed', 'confirmed']);
  });

  it('a_state_that_no_person_sets_is_refused', async () => {
    const run = await findings('triage', '00000000-0000-4000-8000-000000000000', '--state', 'fixed');
    expect([run.code, run.errors]).toEqual([2, expect.stringContaining('--state is one of')]);
  });
});

describe('aegis scans', () => {
  it('lists_the_newest_first_and_watches_one_to_its_end', async () => {
    const { name, scanId } = await plant({ path: 'a.js', severity: 'critical' });
    const listed = await aegis(runScansCommand, 'list');
    const { scans } = z.object({ scans: listScans.answers[200].schema.shape.items }).parse(JSON.parse(listed.out));
    expect(scans[0]).toMatchObject({ id: scanId, repositoryName: name });
    const watched = await aegis(runScansCommand, 'watch', scanId);
    expect([watched.code, watched.out]).toEqual([0, expect.stringContaining(`succeeded  ${name}: 1 critical`)]);
  });

  it('without_a_command_says_which_there_are', async () => {
    let out = '';
    const terminal = {
      write: (text: string) => void (out += text),
      writeError: () => undefined,
      isTty: true,
      checkout: folder,
      token: undefined,
    };
    expect([await runScansCommand([], terminal), out]).toEqual([0, expect.stringContaining('watch [ID]')]);
  });
});
