import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { witnessingSchema, type WitnessingView } from '@lib/contract';
import { formatVerifierKey, openCheckpoint, parseTrustPolicy, formatTrustPolicy } from '@lib/engine/tlog';
import { logVerifierKey } from '@lib/guard/audit';
import { openWitnessClient } from '@lib/platform/witness';
import { testApi, type TestApi } from '../../../tools/testing/api.ts';
import { auditPlacing, type AuditPlacing } from '../../../tools/testing/place-audit.ts';
import { startWitness, type WitnessPeer } from '../../../tools/testing/witness-peer.ts';

let api: TestApi;
let placing: AuditPlacing;
let peer: WitnessPeer;
beforeAll(async () => {
  api = await testApi();
  placing = auditPlacing(api);
  peer = await startWitness();
  peer.trust(await logVerifierKey({ kms: api.keyring, host: 'audit.test' }, api.acme.id));
});
afterAll(async () => {
  await Promise.all([peer.stop(), placing.close()]);
  await api.close();
});
beforeEach(() => api.database.admin('delete from app.audit_setting').then(() => api.database.admin('delete from app.audit_witness')));

const send = (method: string, path: string, ask: { readonly token?: string; readonly body?: unknown } = {}) =>
  api.ask(method, `/v1/audit/${path}`, ask);
const draft = () => ({ verifierKey: formatVerifierKey(peer.key), url: peer.url });
async function add(token = api.acme.admin): Promise<string> {
  const { json } = await send('POST', 'witnesses', { token, body: draft() });
  return (json as { id: string }).id;
}
const state = async (): Promise<WitnessingView> => witnessingSchema.parse((await send('GET', 'witnesses', { token: api.acme.read })).json);
const rule = (value: unknown, token = api.acme.admin) => send('POST', 'witness-rule', { token, body: { rule: value } });
/** Until it has cosigned: a witness that knows more than we noted tells so first. */
const round = async () => {
  const ask = openWitnessClient({ allowPrivate: true, ca: peer.ca });
  while ((await placing.askWitnesses(ask, api.acme.id))?.cosigned === 0);
};

describe('getWitnessing', () => {
  test('200_shows_witnesses_and_a_checkpoint_that_their_keys_alone_confirm', async () => {
    const id = await add();
    expect(await state()).toMatchObject({ witnesses: [{ id, url: peer.url, knownSize: 0 }], rule: null, witnessed: null });
    await placing.place(api.acme.id);
    await round();
    const { witnesses, witnessed, size } = await state();
    expect([witnesses[0]?.knownSize, witnessed?.size]).toEqual([size, size]);
    const log = await logVerifierKey({ kms: api.keyring, host: 'audit.test' }, api.acme.id);
    const policy = parseTrustPolicy(formatTrustPolicy(log, [peer.key]));
    expect(policy.ok && openCheckpoint(Buffer.from(witnessed?.checkpoint ?? ''), policy.value).ok).toBe(true);
  });

  test('401_without_a_live_credential', async () => {
    expect((await send('GET', 'witnesses')).status).toBe(401);
  });
});

describe('addWitness', () => {
  test('201_it_is_there_and_the_log_says_who_named_it', async () => {
    const id = await add();
    const [event] = (await api.audit(api.acme.id, 'audit.witness_added')).filter(({ targets }) => targets[0]?.id === id);
    expect(event).toMatchObject({ targets: [{ type: 'witness', id }], actor: { type: 'token' } });
    expect((await send('GET', 'witnesses', { token: api.other.read })).json).toMatchObject({ witnesses: [] });
  });

  test('400_for_a_key_of_a_log_or_an_address_that_is_not_https', async () => {
    const log = formatVerifierKey(await logVerifierKey({ kms: api.keyring, host: 'audit.test' }, api.acme.id));
    const asked = [
      { ...draft(), verifierKey: log },
      { ...draft(), url: 'http://witness.test' },
    ];
    const answers = await Promise.all(asked.map((body) => send('POST', 'witnesses', { token: api.acme.admin, body })));
    expect(answers.map(({ status, code }) => [status, code])).toEqual([
      [400, 'audit.witness_key_invalid'],
      [400, 'audit.witness_url_invalid'],
    ]);
  });

  test('401_without_a_live_credential', async () => {
    expect((await send('POST', 'witnesses', { body: draft() })).status).toBe(401);
  });

  test('403_for_a_credential_of_scope_write', async () => {
    expect((await send('POST', 'witnesses', { token: api.acme.write, body: draft() })).status).toBe(403);
  });

  test('409_for_one_that_is_asked_already', async () => {
    await add();
    expect((await send('POST', 'witnesses', { token: api.acme.admin, body: draft() })).code).toBe('audit.witness_exists');
  });
});

describe('removeWitness', () => {
  const remove = (id: string, token?: string) => send('DELETE', `witnesses/${id}`, token === undefined ? {} : { token });

  test('204_it_is_asked_no_more', async () => {
    expect((await remove(await add(), api.acme.admin)).status).toBe(204);
    expect((await state()).witnesses).toEqual([]);
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await remove('x', api.acme.admin)).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await remove(randomUUID())).status).toBe(401);
  });

  test('403_for_a_credential_of_scope_write', async () => {
    expect((await remove(randomUUID(), api.acme.write)).status).toBe(403);
  });

  test('404_for_another_tenants_witness_which_stays', async () => {
    const theirs = await add(api.other.admin);
    expect((await remove(theirs, api.acme.admin)).code).toBe('audit.witness_not_found');
    expect((await remove(theirs, api.other.admin)).status).toBe(204);
  });

  test('409_while_the_rule_needs_it', async () => {
    const id = await add();
    await rule({ witnessesMin: 1, unwitnessedMax: 5 });
    expect((await remove(id, api.acme.admin)).code).toBe('audit.witness_needed');
  });
});

describe('requireWitnesses', () => {
  test('200_the_log_goes_no_further_than_the_rule_says_until_a_witness_has_cosigned_and_nothing_is_lost', async () => {
    await add();
    await placing.place(api.acme.id);
    await round();
    const before = await state();
    expect((await rule({ witnessesMin: 1, unwitnessedMax: 2 })).json).toEqual({ rule: { witnessesMin: 1, unwitnessedMax: 2 } });
    for (let reads = 0; reads < 5; reads += 1) await state();
    await placing.place(api.acme.id);
    await placing.place(api.acme.id);
    const held = await state();
    expect(held.size - (before.witnessed?.size ?? 0)).toBe(2);
    expect(held.pending).toBeGreaterThan(2);
    await round();
    await placing.place(api.acme.id);
    expect((await state()).size).toBe(held.size + 2);
  });

  test('200_null_turns_it_off', async () => {
    await add();
    await rule({ witnessesMin: 1, unwitnessedMax: 1 });
    expect((await rule(null)).json).toEqual({ rule: null });
    expect((await state()).rule).toBeNull();
    await placing.place(api.acme.id);
    expect((await state()).pending).toBe(0);
  });

  test('400_for_a_rule_of_no_witness', async () => {
    expect((await rule({ witnessesMin: 0, unwitnessedMax: 5 })).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await send('POST', 'witness-rule', { body: { rule: null } })).status).toBe(401);
  });

  test('403_for_a_credential_of_scope_write', async () => {
    expect((await rule(null, api.acme.write)).status).toBe(403);
  });

  test('409_for_more_witnesses_than_there_are', async () => {
    expect((await rule({ witnessesMin: 1, unwitnessedMax: 5 })).code).toBe('audit.witness_needed');
  });
});
