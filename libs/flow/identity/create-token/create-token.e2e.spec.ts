import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createToken } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());
const { schema } = createToken.answers[201];

describe('createToken', () => {
  test('201_gives_a_secret_that_works_at_once_and_is_stored_nowhere', async () => {
    const answer = await api.ask('POST', '/v1/tokens', { token: api.acme.admin, body: { name: 'ci', scope: 'read' } });
    expect(answer.status).toBe(201);
    const made = schema.parse(answer.json);
    expect((await api.ask('GET', '/v1/tenant', { token: made.secret })).status).toBe(200);
    const dump = await api.database.admin(`select t::text from app.api_token t union all select c::text from identity.credential c
      union all select convert_from(entry, 'utf8') from app.audit_outbox union all select i::text from app.idempotency i`);
    expect(JSON.stringify(dump)).not.toContain(made.secret);
    expect(JSON.stringify(dump)).toContain(made.id);
    expect(api.logLines.join('')).not.toContain(made.secret);
  });

  test('201_writes_the_event_in_the_same_transaction', async () => {
    const answer = await api.ask('POST', '/v1/tokens', { token: api.acme.admin, body: { name: 'audited', scope: 'write' } });
    const { id } = schema.parse(answer.json);
    const events = await api.audit(api.acme.id, 'token.created');
    expect(events.filter((event) => event.targets.some((target) => target.id === id))).toHaveLength(1);
  });

  test('400_for_a_body_that_does_not_fit', async () => {
    const fits = { name: 'a', scope: 'read' };
    for (const body of [{}, { ...fits, name: '' }, { ...fits, scope: 'root' }, { ...fits, expiresInDays: 366 }, { ...fits, more: 1 }]) {
      const answer = await api.ask('POST', '/v1/tokens', { token: api.acme.admin, body });
      expect([answer.status, answer.code], JSON.stringify(body)).toEqual([400, 'http.request_invalid']);
    }
  });

  test('409_on_a_replay_because_the_secret_was_not_kept_and_no_second_token_is_made', async () => {
    const ask = { token: api.acme.admin, body: { name: 'once', scope: 'read' }, headers: { 'idempotency-key': 'token-once' } };
    expect((await api.ask('POST', '/v1/tokens', ask)).status).toBe(201);
    const again = await api.ask('POST', '/v1/tokens', ask);
    expect([again.status, again.code]).toEqual([409, 'http.idempotency_not_replayable']);
    expect(await api.database.admin(`select 1 from app.api_token where name = 'once'`)).toHaveLength(1);
    expect(await api.database.admin(`select body from app.idempotency where key = 'token-once'`)).toEqual([{ body: null }]);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', '/v1/tokens', { body: { name: 'a', scope: 'read' } })).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_credential_of_scope_write', async () => {
    const answer = await api.ask('POST', '/v1/tokens', { token: api.acme.write, body: { name: 'a', scope: 'read' } });
    expect([answer.status, answer.code]).toEqual([403, 'identity.scope_too_small']);
  });
});
