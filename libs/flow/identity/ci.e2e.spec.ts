import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UnsecuredJWT, generateKeyPair } from 'jose';
import { ciTrustSchema, exchangeCiToken, limits, listCiTrusts, type RepositoryId } from '@lib/contract';
import { publicReach } from '@lib/platform/outbound';
import { gzipSync } from 'node:zlib';
import { testApi, type Ask, type TestApi } from '../../../tools/testing/api.ts';
import { lyingProvider, type LyingProvider, type SaidToken } from '../../../tools/testing/lying-provider.ts';
import { plantMember } from '../../../tools/testing/plant-member.ts';
import { plantRepository, plantScan } from '../../../tools/testing/plant.ts';

let api: TestApi;
let issuer: LyingProvider;
let repositoryId: RepositoryId;
let otherRepositoryId: RepositoryId;
let nowMs = Date.now();
beforeAll(async () => {
  issuer = await lyingProvider();
  api = await testApi({ trustedProxies: 1, clock: { nowMs: () => nowMs } });
  [repositoryId, otherRepositoryId] = await Promise.all([plantRepository(api, api.acme, 'shop'), plantRepository(api, api.acme, 'vault')]);
});
afterAll(async () => {
  await api.close();
  issuer.close();
});
beforeEach(() => {
  nowMs = Date.now();
});
afterEach(async () => {
  await api.database.admin('delete from app.ci_trust');
  issuer.answer('/jwks', undefined);
});

const absent = '0195a1d0-0000-7000-8000-00000000dead';
const trusted = () => ({
  repositoryId,
  issuer: issuer.issuer,
  forgeRepositoryId: '123456',
  forgeOwnerId: '42',
  refs: ['refs/heads/main', 'refs/heads/release/*'],
  environments: [] as string[],
  minutes: 10,
});
async function trust(change: object = {}) {
  const answer = await api.ask('POST', '/v1/ci/trusts', { token: api.acme.admin, body: { ...trusted(), ...change } });
  return ciTrustSchema.parse(answer.json);
}

let strangers = 0;
let runs = 0;
/** What a forge says of a run; the form is that of GitHub's own tokens. */
const claims = () => ({
  aud: `aegis:${api.acme.id}`,
  sub: 'repo:acme/shop:ref:refs/heads/main',
  jti: `run-${String((runs += 1))}`,
  repository_id: '123456',
  repository_owner_id: '42',
  repository: 'acme/shop',
  ref: 'refs/heads/main',
  run_id: '7',
  nonce: undefined,
});
const tokenOf = (said: SaidToken = {}) => issuer.make({ ...said, claims: { ...claims(), ...said.claims } });
async function exchange(token: string) {
  strangers += 1;
  return api.ask('POST', '/v1/ci/tokens', { body: { token }, headers: { 'x-forwarded-for': `203.0.113.${String(strangers % 250)}` } });
}
const given = async (said: SaidToken = {}) => exchangeCiToken.answers[201].schema.parse((await exchange(await tokenOf(said))).json);

describe('exchangeCiToken', () => {
  test('201_a_workflow_that_is_trusted_gets_a_token_for_one_repository_and_some_minutes', async () => {
    const { id } = await trust();
    const token = await given();
    expect(token.repositoryId).toBe(repositoryId);
    expect(Date.parse(token.expiresAt)).toBe(nowMs + 10 * 60_000);
    const events = (await api.audit(api.acme.id, 'ci.token_given')).slice(-1);
    expect(events[0]?.targets.map((target) => target.id)).toEqual([token.id, id, repositoryId]);
    expect(events[0]?.detail).toEqual({ ref: 'refs/heads/main', minutes: 10 });
    const [row] = await api.database.admin('select hash from identity.credential where subject_id = $1', [token.id]);
    expect(Buffer.from(row?.['hash'] as Uint8Array).toString()).not.toContain(token.secret);
  });

  test('201_a_ref_below_a_folder_and_an_environment_that_is_asked_for', async () => {
    await trust({ environments: ['production'] });
    expect((await exchange(await tokenOf({ claims: { ref: 'refs/heads/release/1.2', environment: 'production' } }))).status).toBe(201);
  });

  test.each<[string, object]>([
    ['another repository of the same name', { repository_id: '999' }],
    ['another owner', { repository_owner_id: '43' }],
    ['a number as a number', { repository_id: 123_456 }],
    ['another ref', { ref: 'refs/heads/main2' }],
    ['a ref that only begins alike', { ref: 'refs/heads/main/x' }],
    ['a ref two folders down', { ref: 'refs/heads/release/a/b' }],
    ['the folder itself', { ref: 'refs/heads/release/' }],
    ['a tag of that name', { ref: 'refs/tags/main' }],
    ['a subject that says otherwise than the claims', { sub: 'repo:acme/shop:ref:refs/heads/main', ref: 'refs/heads/evil' }],
    ['another tenant', { aud: `aegis:${absent}` }],
    ['another service', { aud: 'https://github.com/acme' }],
    ['several audiences', { aud: ['aegis:x', 'y'] }],
    ['no id', { jti: undefined }],
    ['another issuer', { iss: 'https://elsewhere.test' }],
    ['an end that has passed', { exp: Math.floor(Date.now() / 1_000) - 120 }],
    ['an age of an hour', { iat: Math.floor(Date.now() / 1_000) - 3_600 }],
    ['a beginning that is to come', { nbf: Math.floor(Date.now() / 1_000) + 300 }],
  ])('401_for_%s', async (_, said) => {
    await trust();
    const answer = await exchange(await tokenOf({ claims: said as Record<string, unknown> }));
    expect([answer.status, answer.code]).toEqual([401, 'ci.token_refused']);
  });

  test('401_for_an_environment_that_is_another_or_none', async () => {
    await trust({ environments: ['production'] });
    for (const environment of ['production2', 'staging', undefined])
      expect((await exchange(await tokenOf({ claims: { environment } }))).code).toBe('ci.token_refused');
  });

  test('401_for_a_token_that_nobody_signed_who_should_have', async () => {
    await trust();
    const own = (await generateKeyPair('RS256')).privateKey;
    const unsigned = new UnsecuredJWT({ ...claims(), nonce: '', iss: issuer.issuer }).setIssuedAt().setExpirationTime('5m').encode();
    for (const token of [
      await tokenOf({ by: own }),
      await tokenOf({ header: { alg: 'HS256' }, by: new TextEncoder().encode(JSON.stringify(issuer.publicJwk)) }),
      await tokenOf({ header: { alg: 'ES256' }, by: (await generateKeyPair('ES256')).privateKey }),
      unsigned,
      'no.token',
      `${(await tokenOf()).slice(0, -4)}AAAA`,
    ])
      expect((await exchange(token)).code).toBe('ci.token_refused');
  });

  test('401_for_one_that_comes_a_second_time_also_at_once', async () => {
    await trust();
    const token = await tokenOf();
    const answers = await Promise.all([exchange(token), exchange(token)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 401]);
    expect((await exchange(token)).status).toBe(401);
  });

  test('401_without_any_trust_and_no_issuer_is_asked_that_nobody_trusts', async () => {
    await trust();
    const before = issuer.keysAsked();
    const liar = await lyingProvider();
    const token = await liar.make({ claims: claims() });
    expect((await exchange(token)).code).toBe('ci.token_refused');
    expect([issuer.keysAsked() - before, liar.keysAsked()]).toEqual([0, 0]);
    liar.close();
  });

  test('400_for_nothing_and_for_too_much', async () => {
    for (const token of ['', 'x'.repeat(limits.signInCharsMax + 1)]) expect((await exchange(token)).code).toBe('http.request_invalid');
  });

  test('429_for_a_stranger_who_tries_on', async () => {
    const codes = new Set<string | undefined>();
    for (let n = 0; n < 40; n += 1)
      codes.add((await api.ask('POST', '/v1/ci/tokens', { body: { token: 'x' }, headers: { 'x-forwarded-for': '192.0.2.77' } })).code);
    expect(codes).toEqual(new Set(['ci.token_refused', 'http.rate_limited']));
  });

  test('503_when_the_issuer_is_away_and_nothing_is_spent', async () => {
    const away = await lyingProvider();
    await trust({ issuer: away.issuer });
    const token = await away.make({ claims: claims() });
    away.answer('/jwks', (_request, response) => void response.writeHead(500).end());
    expect((await exchange(token)).code).toBe('ci.issuer_unavailable');
    away.answer('/jwks', undefined);
    expect((await exchange(token)).status).toBe(201);
    away.close();
  });

  test('503_for_an_issuer_inside_unless_the_operator_says_so', async () => {
    const outside = await testApi({ reach: publicReach });
    const id = await plantRepository(outside, outside.acme, 'shop');
    await outside.ask('POST', '/v1/ci/trusts', { token: outside.acme.admin, body: { ...trusted(), repositoryId: id } });
    const token = await tokenOf({ claims: { aud: `aegis:${outside.acme.id}` } });
    expect((await outside.ask('POST', '/v1/ci/tokens', { body: { token } })).code).toBe('ci.issuer_unavailable');
    await outside.close();
  });
});

describe('a workflow token', () => {
  test('reaches_its_repository_and_looks_at_no_other_as_if_it_were_not_there', async () => {
    await trust();
    const { secret: token } = await given();
    const archive = new Uint8Array(gzipSync('{"version":"2.1.0","runs":[]}'));
    const ask = async (method: string, path: string, more: Ask = {}) => (await api.ask(method, path, { token, ...more })).status;
    const [mine, theirs] = [
      await plantScan(api, api.acme, { repositoryId, stages: ['queued'] }),
      await plantScan(api, api.acme, { repositoryId: otherRepositoryId, stages: ['queued'] }),
    ];
    expect(await ask('GET', `/v1/repositories/${repositoryId}`)).toBe(200);
    expect(await ask('POST', '/v1/scans', { body: { repositoryId } })).toBe(202);
    expect(await ask('GET', `/v1/scans/${mine}`)).toBe(200);
    const upload = (id: string) =>
      ask('POST', `/v1/repositories/${id}/archives`, { raw: archive, headers: { 'content-type': 'application/gzip' } });
    expect(await upload(repositoryId)).not.toBe(404);
    expect(await ask('GET', `/v1/repositories/${otherRepositoryId}`)).toBe(404);
    expect(await ask('POST', '/v1/scans', { body: { repositoryId: otherRepositoryId } })).toBe(404);
    expect(await upload(otherRepositoryId)).toBe(404);
    for (const [method, path] of [
      ['GET', `/v1/scans/${theirs}`],
      ['GET', `/v1/scans/${absent}`],
      ['POST', `/v1/scans/${theirs}/cancel`],
      ['GET', `/v1/scans/${theirs}/events`],
    ] as const)
      expect(await ask(method, path), path).toBe(404);
  });

  test('reaches_nothing_that_is_not_said_to_be_for_it', async () => {
    await trust();
    const { secret: token } = await given();
    for (const [method, path] of [
      ['GET', '/v1/tenant'],
      ['GET', '/v1/scans'],
      ['GET', '/v1/repositories'],
      ['GET', '/v1/findings'],
      ['GET', '/v1/members'],
      ['POST', '/v1/tokens'],
      ['GET', '/v1/audit/entries'],
      ['GET', '/v1/ci/trusts'],
      ['GET', '/scim/v2/Users'],
    ] as const)
      expect((await api.ask(method, path, { token })).code, path).toBe('identity.scope_too_small');
    expect((await api.ask('POST', '/v1/sessions', { body: { token } })).code).toBe('identity.code_invalid');
  });

  test('ends_within_its_minutes_by_the_database_clock_and_can_be_revoked', async () => {
    await trust();
    const { secret: token, id } = await given();
    const works = async () => (await api.ask('GET', `/v1/repositories/${repositoryId}`, { token })).status;
    expect(await works()).toBe(200);
    expect((await api.ask('DELETE', `/v1/tokens/${id}`, { token: api.acme.admin })).status).toBe(204);
    expect(await works()).toBe(401);
    const second = await given();
    await api.database.admin(`update identity.credential set expires_at = now() where subject_id = $1`, [second.id]);
    expect((await api.ask('GET', `/v1/repositories/${repositoryId}`, { token: second.secret })).status).toBe(401);
  });

  test('is_made_by_nobody_else', async () => {
    const answer = await api.ask('POST', '/v1/tokens', { token: api.acme.admin, body: { name: 'x', scope: 'ci' } });
    expect(answer.code).toBe('http.request_invalid');
  });
});

describe('createCiTrust', () => {
  const create = (body: object, more: Ask = {}) =>
    api.ask('POST', '/v1/ci/trusts', { token: api.acme.admin, body: { ...trusted(), ...body }, ...more });

  test('201_says_what_is_trusted_and_writes_it_down', async () => {
    expect(await trust()).toMatchObject({ forgeRepositoryId: '123456', minutes: 10, repositoryId });
    expect((await api.audit(api.acme.id, 'ci.trust_created')).slice(-1)[0]?.detail).toMatchObject({ minutes: 10 });
  });

  test.each<[string, object]>([
    ['a name in the place of a number', { forgeRepositoryId: 'acme/shop' }],
    ['no ref', { refs: [] }],
    ['every ref', { refs: ['*'] }],
    ['a pattern in the middle', { refs: ['refs/heads/*/x'] }],
    ['a pattern within a name', { refs: ['refs/heads/main*'] }],
    ['an hour and a minute', { minutes: 61 }],
    ['an issuer that is none', { issuer: 'nonsense' }],
  ])('400_for_%s', async (_, body) => {
    expect((await create(body)).code).toBe('http.request_invalid');
  });

  test('400_401_403_404', async () => {
    expect((await create({ refs: ['main'] })).status).toBe(400);
    expect((await create({}, { token: undefined })).status).toBe(401);
    const { headers } = await plantMember(api, api.acme, 'developer');
    expect((await create({}, { token: undefined, headers })).code).toBe('identity.role_forbids');
    const foreign = await plantRepository(api, api.other, 'foreign');
    for (const id of [foreign, absent]) expect((await create({ repositoryId: id })).code).toBe('repository.not_found');
  });

  test('409_when_there_are_as_many_as_can_be', async () => {
    await api.database.admin(
      `insert into app.ci_trust (tenant_id, id, repository_id, issuer, forge_repository_id, forge_owner_id, refs, environments, minutes)
       select $1, gen_random_uuid(), $2, 'https://issuer.test', '1', '1', '{refs/heads/main}', '{}', 5 from generate_series(1, $3)`,
      [api.acme.id, repositoryId, limits.ciTrustsMax],
    );
    expect((await create({})).code).toBe('ci.too_many');
  });
});

describe('listCiTrusts', () => {
  test('200_says_what_tokens_must_be_for', async () => {
    await trust();
    const list = listCiTrusts.answers[200].schema.parse((await api.ask('GET', '/v1/ci/trusts', { token: api.acme.admin })).json);
    expect([list.audience, list.items.length]).toEqual([`aegis:${api.acme.id}`, 1]);
    expect(await api.audit(api.acme.id, 'ci.trusts_listed')).not.toEqual([]);
  });

  test('401_403', async () => {
    expect((await api.ask('GET', '/v1/ci/trusts')).status).toBe(401);
    expect((await api.ask('GET', '/v1/ci/trusts', { token: api.acme.write })).status).toBe(403);
  });
});

describe('removeCiTrust', () => {
  test('204_nothing_more_is_exchanged', async () => {
    const { id } = await trust();
    expect((await api.ask('DELETE', `/v1/ci/trusts/${id}`, { token: api.acme.admin })).status).toBe(204);
    expect((await exchange(await tokenOf())).status).toBe(401);
  });

  test('400_401_403_and_another_tenants_404', async () => {
    const { id } = await trust();
    const remove = (at: string, token?: string) => api.ask('DELETE', `/v1/ci/trusts/${at}`, { token });
    expect((await remove('none', api.acme.admin)).status).toBe(400);
    expect((await remove(id)).status).toBe(401);
    expect((await remove(id, api.acme.write)).status).toBe(403);
    expect((await remove(id, api.other.admin)).code).toBe('ci.trust_not_found');
    expect((await remove(absent, api.acme.admin)).code).toBe('ci.trust_not_found');
  });
});
