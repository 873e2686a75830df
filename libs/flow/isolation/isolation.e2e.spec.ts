import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getIsolationResult, readIsolationText, runIsolationProbe, type SignedIsolation } from '@lib/contract';
import { openNote, parseVerifierKey } from '@lib/engine/tlog';
import { withAdmin } from '@lib/platform/db';
import { testApi, type Answer, type TestApi } from '../../../tools/testing/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const path = '/v1/isolation/probe';
const run = (token = api.acme.admin): Promise<Answer> => api.ask('POST', path, { token });
const signedIn = (answer: Answer): SignedIsolation => runIsolationProbe.answers[201].schema.parse(answer.json);
/** A minute goes by. */
const later = (): Promise<unknown> => api.database.admin(`update app.isolation_probe set began_at = began_at - interval '2 minutes'`);

/** Checks a note as somebody would who has the key and nothing else of ours. */
function openedNote(note: string, verifierKey: string) {
  const key = parseVerifierKey(verifierKey);
  const opened = openNote(Buffer.from(note, 'utf8'), key.ok ? [key.value] : []);
  return opened.ok ? { text: opened.value, result: readIsolationText(opened.value) } : undefined;
}

describe('runIsolationProbe', () => {
  test('201_names_each_probe_and_is_signed_with_the_key_of_the_log_which_holds_its_digest', async () => {
    const answer = await run();
    expect(answer.status).toBe(201);
    const { result, note, verifierKey } = signedIn(answer);
    expect(result.probes.filter(({ outcome }) => outcome !== 'held')).toEqual([]);
    expect([result.held, result.breached, result.notRun]).toEqual([result.probes.length, 0, 0]);
    expect(result.probes.length).toBeGreaterThan(15);
    expect([result.tenant, result.decoy.rows]).toEqual([api.acme.id, 3]);
    const opened = openedNote(note, verifierKey);
    expect(opened?.result).toEqual(result);
    const head = await api.ask('GET', '/v1/audit/head', { token: api.acme.admin });
    expect(head.json).toMatchObject({ verifierKey });
    const sha256 = createHash('sha256')
      .update(opened?.text ?? '')
      .digest('hex');
    const [event] = await api.audit(api.acme.id, 'isolation.probed');
    expect(event?.detail).toEqual({ held: result.held, breached: 0, sha256 });
  });

  test('201_a_changed_byte_of_the_note_is_refused_offline', async () => {
    await later();
    const { note, verifierKey } = signedIn(await run());
    expect(openedNote(note.replace('"breached":0', '"breached":1'), verifierKey)).toBeUndefined();
  });

  test('201_each_run_looks_at_the_same_decoy_and_no_two_tenants_share_one', async () => {
    await later();
    const [first, second] = [signedIn(await run()), (await later(), signedIn(await run()))];
    expect(second.result.decoy).toEqual(first.result.decoy);
    const theirs = signedIn(await run(api.other.admin));
    expect(theirs.result.decoy.tenant).not.toBe(first.result.decoy.tenant);
  });

  test.each([
    ['app.repository', ['P23b.repository', 'P45.canary', 'P23b.everybody', 'P34.insert', 'P38', 'P42.setting']],
    ['app.finding', ['P23b.finding', 'P45.canary', 'P23b.everybody', 'P34.update']],
    ['app.scan', ['P23b.scan']],
    ['app.tenant', ['P23b.tenant']],
  ])('201_says_so_when_%s_is_open', async (table, wanted) => {
    await later();
    const policies = await api.database.admin(
      `select polname, pg_get_expr(polqual, polrelid) as text from pg_policy where polrelid = $1::regclass and polname in ('floor', 'allow')`,
      [table],
    );
    const set = (text: string) =>
      withAdmin(api.database, (admin) =>
        admin.run(
          'policies',
          policies.map(({ polname }) => `alter policy ${String(polname)} on ${table} using (${text}) with check (${text})`).join('; '),
        ),
      );
    await set('true');
    const answer = await run().finally(() => set(String(policies[0]?.['text'])));
    const { result } = signedIn(answer);
    expect(result.probes.filter(({ outcome }) => outcome === 'breached').map(({ id }) => id)).toEqual(expect.arrayContaining(wanted));
    expect(result.breached).toBeGreaterThan(0);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', path)).status).toBe(401);
  });

  test('403_for_a_credential_of_scope_write', async () => {
    expect((await run(api.acme.write)).status).toBe(403);
  });

  test('429_within_a_minute_and_of_ten_at_once_one_runs', async () => {
    await later();
    const answers = await Promise.all(Array.from({ length: 10 }, () => run()));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status, code }) => status === 429 && code === 'isolation.too_soon')).toHaveLength(9);
  });

  test('nobody_makes_another_tenant_a_decoy_nor_reads_whose_is_whose', async () => {
    const functions = await api.database.admin(
      `select r, p from unnest(array['aegis_api', 'aegis_worker', 'aegis_identity', 'aegis_staff', 'aegis_audit', 'aegis_dispatch']) r,
        unnest(array['identity.plant_decoy(identity.decoy)', 'identity.count_decoy(identity.decoy)']) p where has_function_privilege(r, p, 'execute')`,
    );
    expect(functions).toEqual([]);
  });
});

describe('getIsolationResult', () => {
  test('200_gives_the_newest_result_as_it_was_signed', async () => {
    await later();
    const made = signedIn(await run());
    const answer = await api.ask('GET', path, { token: api.acme.read });
    expect([answer.status, getIsolationResult.answers[200].schema.parse(answer.json)]).toEqual([200, made]);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', path)).status).toBe(401);
  });

  test('other_tenants_result_answers_404_as_none', async () => {
    const fresh = await testApi();
    try {
      await fresh.ask('POST', path, { token: fresh.other.admin });
      const answer = await fresh.ask('GET', path, { token: fresh.acme.read });
      expect([answer.status, answer.code]).toEqual([404, 'isolation.never_ran']);
    } finally {
      await fresh.close();
    }
  });
});
