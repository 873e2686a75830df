import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UnsecuredJWT, generateKeyPair } from 'jose';
import { limits } from '@lib/contract';
import { systemClock } from '@lib/platform/clock';
import type { Reach } from '@lib/platform/outbound';
import { lyingProvider, type LyingProvider, type SaidToken } from '../../../tools/testing/lying-provider.ts';
import { openOidc } from './open-oidc.ts';
import type { Oidc } from './oidc.ts';

// A provider that lies in one thing at a time: each lie must end the sign-in. What is true is told first, so that no lie is refused for another reason.
const reach: Reach = { mayReach: () => true, resolve: () => Promise.resolve(['127.0.0.1']), protocols: ['http:'] };
const flow = { redirectUri: 'https://aegis.test/sign-in/company', state: 'a-state', nonce: 'a-nonce', verifier: 'v'.repeat(43) };
let provider: LyingProvider;
let second: LyingProvider;
let oidc: Oidc;
beforeAll(async () => {
  [provider, second] = await Promise.all([lyingProvider(), lyingProvider()]);
});
afterAll(() => {
  provider.close();
  second.close();
});
beforeEach(() => {
  oidc = openOidc({ reach, clock: systemClock });
});
afterEach(() => {
  provider.say({});
  provider.describe({});
  for (const path of ['/jwks', '/token', '/.well-known/openid-configuration', '/me']) provider.answer(path, undefined);
});

const clientOf = ({ issuer }: LyingProvider) => ({ issuer, clientId: 'aegis', clientSecret: 'a secret', groupsClaim: 'groups' });
const truth = { email: 'Ada@Acme.test', email_verified: true, name: 'Ada', groups: ['one', 'two'] };
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

async function signIn(token: SaidToken, back: Readonly<Record<string, string | undefined>> = {}, ours = flow) {
  const location = await oidc.begin(clientOf(provider), flow);
  expect(location.ok).toBe(true);
  provider.say({ ...token, claims: { ...truth, ...token.claims } });
  return oidc.finish(clientOf(provider), ours, provider.visit(location.ok ? location.value : '', back));
}

describe('a sign-in at a provider', () => {
  test('sends_the_browser_with_everything_that_binds_the_answer', async () => {
    const location = await oidc.begin(clientOf(provider), flow, 'ada@acme.test');
    const sent = Object.fromEntries(location.ok ? location.value.searchParams : []);
    expect(sent).toEqual({
      client_id: 'aegis',
      redirect_uri: flow.redirectUri,
      response_type: 'code',
      scope: 'openid email profile',
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/u) as unknown,
      code_challenge_method: 'S256',
      login_hint: 'ada@acme.test',
    });
    expect(JSON.stringify(sent)).not.toContain(flow.verifier);
  });

  test('a_token_that_holds_says_who_came', async () => {
    expect(await signIn({})).toEqual({
      ok: true,
      value: { subject: 'person', email: 'ada@acme.test', name: 'Ada', groups: ['one', 'two'] },
    });
  });

  test.each<[string, () => SaidToken | Promise<SaidToken>]>([
    ['another_nonce', () => ({ claims: { nonce: 'another' } })],
    ['no_nonce', () => ({ claims: { nonce: undefined } })],
    ['another_client', () => ({ claims: { aud: 'another' } })],
    ['several_clients_and_another_for_whom_it_was_made', () => ({ claims: { aud: ['aegis', 'another'], azp: 'another' } })],
    ['another_issuer', () => ({ claims: { iss: second.issuer } })],
    ['no_subject', () => ({ claims: { sub: undefined } })],
    ['an_end_that_has_passed', () => ({ claims: { exp: nowSeconds() - 120 } })],
    ['a_beginning_that_is_to_come', () => ({ claims: { nbf: nowSeconds() + 120 } })],
    ['an_age_of_an_hour', () => ({ claims: { iat: nowSeconds() - 3_600 } })],
    [
      'no_signature',
      () => ({
        raw: new UnsecuredJWT({ ...truth, iss: provider.issuer, aud: 'aegis', sub: 'person', nonce: flow.nonce })
          .setIssuedAt()
          .setExpirationTime('5m')
          .encode(),
      }),
    ],
    ['the_secret_of_the_client_as_its_key', () => ({ header: { alg: 'HS256' }, by: new TextEncoder().encode('a secret') })],
    [
      'its_published_key_as_a_shared_secret',
      () => ({ header: { alg: 'HS256' }, by: new TextEncoder().encode(JSON.stringify(provider.publicJwk)) }),
    ],
    ['a_key_that_nobody_published', async () => ({ by: (await generateKeyPair('RS256')).privateKey })],
    [
      'a_key_of_its_own_in_its_header',
      async () => ({ header: { jwk: second.publicJwk, kid: 'second' }, by: (await generateKeyPair('RS256')).privateKey }),
    ],
    [
      'an_algorithm_that_the_provider_does_not_name',
      async () => ({ header: { alg: 'ES256' }, by: (await generateKeyPair('ES256')).privateKey }),
    ],
    ['a_critical_header_that_we_do_not_know', () => ({ header: { crit: ['b64'], b64: true } })],
    ['text_that_is_no_token', () => ({ raw: 'no.token.atall' })],
  ])('a_token_of_%s_is_refused', async (_, token) => {
    expect(await signIn(await token())).toMatchObject({ ok: false, error: { code: 'oidc.refused' } });
  });

  test.each<[string, Readonly<Record<string, string | undefined>>]>([
    ['another_state', { state: 'another' }],
    ['no_state', { state: undefined }],
    ['the_name_of_another_issuer', { iss: 'https://elsewhere.test' }],
    ['no_name_of_its_issuer_though_it_says_that_it_gives_one', { iss: undefined }],
    ['a_refusal', { error: 'access_denied', code: undefined }],
    ['no_code', { code: undefined }],
  ])('an_answer_with_%s_is_refused_and_nothing_is_asked', async (_, back) => {
    let asked = 0;
    provider.answer('/token', (_request, response) => {
      asked += 1;
      response.end();
    });
    expect(await signIn({}, back)).toMatchObject({ ok: false, error: { code: 'oidc.refused' } });
    expect(asked).toBe(0);
  });

  test('a_state_that_comes_twice_is_refused', async () => {
    const location = await oidc.begin(clientOf(provider), flow);
    const query = `${provider.visit(location.ok ? location.value : '')}&state=a-state`;
    expect(await oidc.finish(clientOf(provider), flow, query)).toMatchObject({ ok: false, error: { code: 'oidc.refused' } });
  });

  test('the_code_is_traded_in_with_the_verifier_and_the_secret_at_the_providers_own_endpoint', async () => {
    let body = '';
    let authorization = '';
    provider.answer('/token', (request, response) => {
      authorization = request.headers.authorization ?? '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}'));
    });
    expect(await signIn({})).toMatchObject({ ok: false, error: { code: 'oidc.refused' } });
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      grant_type: 'authorization_code',
      code: 'a-code',
      redirect_uri: flow.redirectUri,
      code_verifier: flow.verifier,
    });
    expect(Buffer.from(authorization.slice('Basic '.length), 'base64').toString()).toBe('aegis:a+secret');
  });

  test('a_token_of_one_provider_is_none_of_another', async () => {
    const location = await oidc.begin(clientOf(provider), flow);
    const query = provider.visit(location.ok ? location.value : '');
    // mix-up: the browser went to the one, and comes back as if it had been at the other
    expect(await oidc.finish(clientOf(second), flow, query)).toMatchObject({ ok: false, error: { code: 'oidc.refused' } });
  });
});

describe('an address', () => {
  test.each([
    [{ email_verified: false }, undefined],
    [{ email_verified: undefined }, undefined],
    [{ email_verified: 'no' }, undefined],
    [{ email_verified: 1 }, undefined],
    [{ email_verified: 'true' }, 'ada@acme.test'],
    [{ email_verified: undefined, xms_edov: true }, 'ada@acme.test'],
    [{ email: 'not an address' }, undefined],
    [{ email: ['ada@acme.test'] }, undefined],
    [{ email: `${'a'.repeat(300)}@acme.test` }, undefined],
  ])('%j counts as %s', async (claims, email) => {
    const person = await signIn({ claims });
    expect(person.ok && person.value.email).toBe(email);
  });

  test('is_asked_for_where_the_token_is_short_and_must_be_of_the_same_subject', async () => {
    provider.describe({ userinfo_endpoint: `${provider.issuer}/me` });
    let subject = 'person';
    provider.answer('/me', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...truth, sub: subject }));
    });
    const short = { claims: { email: undefined, email_verified: undefined } };
    expect(await signIn(short)).toMatchObject({ ok: true, value: { email: 'ada@acme.test' } });
    subject = 'somebody else';
    expect(await signIn(short)).toMatchObject({ ok: false, error: { code: 'oidc.refused' } });
  });
});

describe('groups', () => {
  test.each([
    [{ groups: 'one' }, ['one']],
    [{ groups: ['one', 2, '', null, 'x'.repeat(201), 'two'] }, ['one', 'two']],
    [{ groups: { one: true } }, []],
    [{ groups: undefined }, []],
  ])('%j are %j', async (claims, groups) => {
    const person = await signIn({ claims });
    expect(person.ok && person.value.groups).toEqual(groups);
  });
});

describe('keys', () => {
  test('are_asked_for_once_and_again_when_one_comes_that_is_not_among_them', async () => {
    const before = provider.keysAsked();
    await signIn({});
    await signIn({});
    expect(provider.keysAsked() - before).toBe(1);
  });
});

describe('a provider', () => {
  const check = (issuer = provider.issuer) => oidc.check({ issuer, clientId: 'aegis' });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['names_itself_otherwise', { issuer: 'https://elsewhere.test' }],
    ['has_no_place_to_go', { authorization_endpoint: undefined }],
    ['has_no_place_for_codes', { token_endpoint: undefined }],
    ['publishes_no_keys', { jwks_uri: undefined }],
    ['signs_with_shared_secrets_alone', { id_token_signing_alg_values_supported: ['HS256', 'none'] }],
  ])('that_%s_is_not_taken', async (_, more) => {
    provider.describe(more);
    expect((await check()).ok).toBe(false);
  });

  test('that_is_well_is_taken', async () => {
    expect(await check()).toEqual({ ok: true, value: undefined });
  });

  test.each(['/.well-known/openid-configuration', '/token', '/jwks'])('whose_%s_does_not_end_is_left_at_the_limit', async (path) => {
    let sent = 0;
    provider.answer(path, (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        while (response.write(Buffer.alloc(16_384, 'x'))) sent += 16_384;
        response.once('drain', more);
      };
      more();
      response.on('error', () => undefined);
    });
    const answer = path === '/.well-known/openid-configuration' ? await check() : await signIn({});
    expect(answer).toEqual({ ok: false, error: { code: 'oidc.unavailable', reason: 'outbound.answer_too_large' } });
    expect(sent).toBeLessThan(limits.oidcAnswerBytesMax + 64 * 1_024 * 1_024);
  });

  test.each(['/token', '/jwks'])('whose_%s_leads_elsewhere_is_not_followed', async (path) => {
    provider.answer(path, (_request, response) => void response.writeHead(302, { location: `${second.issuer}${path}` }).end());
    expect(await signIn({})).toMatchObject({ ok: false, error: { code: 'oidc.unavailable', reason: 'outbound.redirect_refused' } });
  });

  test('that_is_down_is_told_apart_from_one_that_refuses', async () => {
    provider.answer('/token', (_request, response) => void response.writeHead(503).end('<html>'));
    expect(await signIn({})).toMatchObject({ ok: false, error: { code: 'oidc.unavailable' } });
    expect(await check('http://provider.test:1')).toMatchObject({ ok: false, error: { code: 'oidc.unavailable' } });
  });

  test.each([
    'https://127.0.0.1',
    'https://10.0.0.1',
    'https://169.254.169.254',
    'https://[::1]',
    'https://localhost',
    'http://example.com',
  ])('at_%s_is_not_ours_to_speak_to', async (issuer) => {
    const { publicReach } = await import('@lib/platform/outbound');
    const outside = openOidc({ reach: { ...publicReach, resolve: () => Promise.resolve(['127.0.0.1']) }, clock: systemClock });
    expect(await outside.check({ issuer, clientId: 'aegis' })).toMatchObject({ ok: false });
  });

  test.each(['jwks_uri', 'token_endpoint'])('whose_%s_is_inside_is_not_ours_to_speak_to', async (name) => {
    const inside = (host: string): boolean => host === 'inside.test';
    const judged: Reach = {
      ...reach,
      resolve: (host) => Promise.resolve([inside(host) ? '10.0.0.1' : '127.0.0.1']),
      mayReach: (address) => address === '127.0.0.1',
    };
    oidc = openOidc({ reach: judged, clock: systemClock });
    provider.describe({ [name]: 'http://inside.test/x' });
    expect(await signIn({})).toEqual({ ok: false, error: { code: 'oidc.unavailable', reason: 'outbound.refused_address' } });
  });
});

describe('a key that is new', () => {
  test('is_found_once_the_ones_at_hand_have_aged_a_minute', async () => {
    let nowMs = Date.now();
    oidc = openOidc({ reach, clock: { ...systemClock, nowMs: () => nowMs } });
    expect((await signIn({})).ok).toBe(true);
    await provider.rotate();
    // what is kept of a provider is asked for again after a while, and its keys with it
    nowMs += limits.oidcKeptMs;
    expect((await signIn({ claims: { iat: Math.floor(nowMs / 1_000) } })).ok).toBe(true);
  });
});
