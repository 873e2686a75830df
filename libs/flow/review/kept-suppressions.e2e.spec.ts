import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findingIdSchema, listSuppressions, signedSuppressionSchema, suppressionSchema, type FindingId } from '@lib/contract';
import { testApi, type TestApi } from '../../../tools/testing/api.ts';
import { site } from '../../../tools/testing/plant-passkey.ts';
import { plantSigner, suppress, tomorrow, wishAbout, type Signer } from './suppress.spec-support.ts';
import { plantInStates, stateOf } from './triage.spec-support.ts';

let api: TestApi;
let signer: Signer;
beforeAll(async () => {
  api = await testApi({ publicOrigin: site.origin });
  signer = await plantSigner(api);
});
afterAll(() => api.close());

const absentClaim = '0195a1d0-0000-7000-8000-000000000000';
const idOf = (id: string | undefined): FindingId => findingIdSchema.parse(id);
const one = async (): Promise<FindingId> => {
  const [id] = await plantInStates(api, api.acme, ['open']);
  return idOf(id);
};
const end = (id: string, token: string | undefined = api.acme.write) => api.ask('POST', `/v1/suppressions/${id}/end`, { token });
const shown = (id: string) => api.ask('GET', `/v1/suppressions/${id}`, { token: api.acme.read });

describe('listSuppressions', () => {
  test('200_newest_first_page_by_page_and_what_matches_nothing_any_more_is_dead', async () => {
    await suppress(signer, wishAbout([await one()]));
    const id = await one();
    const claim = await suppress(signer, wishAbout([id]));
    await api.database.admin(`update app.finding set state = 'fixed' where id = $1`, [id]);
    const page = async (query: string) =>
      listSuppressions.answers[200].schema.parse((await api.ask('GET', `/v1/suppressions?${query}`, { token: api.acme.read })).json);
    const first = await page('limit=1');
    expect(first.items.map((item) => [item.id, item.standing])).toEqual([[claim.id, 'dead']]);
    const next = await page(`limit=1&cursor=${first.nextCursor ?? ''}`);
    expect(next.items[0]?.id).not.toBe(claim.id);
    expect((await page('standing=dead')).items.map((item) => item.id)).toContain(claim.id);
    expect((await page('standing=live')).items.map((item) => item.id)).not.toContain(claim.id);
    const theirs = await api.ask('GET', '/v1/suppressions', { token: api.other.read });
    expect(theirs.text).not.toContain(claim.id);
    expect((await api.audit(api.acme.id, 'suppressions.listed')).length).toBeGreaterThan(0);
  });

  test('400_for_a_standing_that_is_none_and_a_cursor_of_another_list', async () => {
    for (const query of ['standing=asleep', 'cursor=x'])
      expect((await api.ask('GET', `/v1/suppressions?${query}`, { token: api.acme.read })).status, query).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/suppressions')).code).toBe('identity.unauthenticated');
  });
});

describe('getSuppression', () => {
  test('200_shows_the_bytes_that_were_signed_and_the_reading_is_an_event', async () => {
    const claim = await suppress(signer, wishAbout([await one()]));
    const { signature } = signedSuppressionSchema.parse((await shown(claim.id)).json);
    expect(JSON.parse(signature.action)).toMatchObject({ operationId: 'signSuppression', body: { reason: claim.reason } });
    expect((await api.audit(api.acme.id, 'suppression.read')).some((event) => event.targets[0]?.id === claim.id)).toBe(true);
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await shown('x')).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', `/v1/suppressions/${absentClaim}`)).code).toBe('identity.unauthenticated');
  });

  test('other_tenants_claim_answers_404_as_an_absent_one', async () => {
    const [id] = await plantInStates(api, api.other, ['open']);
    const theirs = await suppress(await plantSigner(api, api.other), wishAbout([idOf(id)]));
    expect([(await shown(theirs.id)).code, (await shown(absentClaim)).code]).toEqual(['suppression.not_found', 'suppression.not_found']);
  });
});

describe('endSuppression', () => {
  test('200_what_it_kept_quiet_is_open_again_at_once_and_both_are_recorded', async () => {
    const ids = await plantInStates(api, api.acme, ['open', 'confirmed']);
    const claim = await suppress(signer, wishAbout(ids));
    expect(suppressionSchema.parse((await end(claim.id)).json)).toMatchObject({ standing: 'over', covers: 0 });
    expect(await Promise.all(ids.map((id) => stateOf(api, id)))).toEqual(['reopened', 'reopened']);
    const events = await api.audit(api.acme.id, 'suppression.ended');
    expect(events.find((event) => event.targets[0]?.id === claim.id)?.detail).toEqual({ findings: 2 });
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await end('x')).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', `/v1/suppressions/${absentClaim}/end`)).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_credential_that_may_only_read', async () => {
    expect((await end(absentClaim, api.acme.read)).status).toBe(403);
  });

  test('other_tenants_claim_answers_404_as_an_absent_one_and_stands', async () => {
    const [id] = await plantInStates(api, api.other, ['open']);
    const theirs = await suppress(await plantSigner(api, api.other), wishAbout([idOf(id)]));
    expect([(await end(theirs.id)).code, (await end(absentClaim)).code]).toEqual(['suppression.not_found', 'suppression.not_found']);
    expect(await stateOf(api, String(id))).toBe('accepted_risk');
  });

  test('409_for_one_that_is_over', async () => {
    const claim = await suppress(signer, wishAbout([await one()], { expiresAt: tomorrow() }));
    await end(claim.id);
    expect((await end(claim.id)).code).toBe('suppression.over');
  });
});
