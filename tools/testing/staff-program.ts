import { createSecretKey, randomBytes } from 'node:crypto';
import { openElevation, openStaffDesk, openStaffLogin, openTenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, openDatabase } from '@lib/platform/db';
import type { Log } from '@lib/platform/telemetry';
import { openStaffServer } from '../../apps/staff/open-staff-server.ts';
import type { TestDatabase } from './database.ts';
import { softwarePasskey, type SoftwarePasskey } from './software-passkey.ts';

/** What a request got. */
export type StaffAnswer = { readonly status: number; readonly json: unknown; readonly code: string | undefined; readonly headers: Headers };

/** A browser of one person: its cookie, and authenticators in software. */
export type StaffBrowser = {
  cookie: string;
  counter: number;
  readonly keys: SoftwarePasskey[];
};

/** The program of staff on a test's database. */
export type StaffProgram = {
  readonly base: string;
  readonly origin: string;
  readonly ask: (
    method: string,
    path: string,
    ask?: { readonly body?: unknown; readonly browser?: StaffBrowser; readonly headers?: Readonly<Record<string, string>> },
  ) => Promise<StaffAnswer>;
  /** Enrols with a secret and signs in; the browser has one authenticator then. */
  readonly enrol: (secret: string) => Promise<StaffBrowser>;
  readonly signIn: (browser: StaffBrowser) => Promise<StaffAnswer>;
  readonly addKey: (browser: StaffBrowser) => Promise<StaffAnswer>;
  /** Does an act that must be signed, as the page does it. */
  readonly signed: (browser: StaffBrowser, act: Readonly<Record<string, unknown>>, path: string) => Promise<StaffAnswer>;
  readonly close: () => Promise<void>;
};

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const rpId = 'localhost';

/** Opens it on a free port. Call `close` before the database is dropped. */
export async function staffProgram(
  database: Pick<TestDatabase, 'urls'>,
  options: { readonly secure?: boolean; readonly webFolder?: string } = {},
): Promise<StaffProgram> {
  const staff = openDatabase({ url: database.urls.aegis_staff, poolMax: 3, applicationName: 'test' });
  const lookUps = openDatabase({ url: database.urls.aegis_identity, poolMax: 1, applicationName: 'test' });
  const deps = {
    login: openStaffLogin(lookUps),
    desk: openStaffDesk(staff),
    tenancy: openTenancy(staff),
    open: (of: Parameters<typeof openElevation>[1]) => openElevation(staff, of),
    clock: systemClock,
    ids: systemIds,
    challengeKey: createSecretKey(randomBytes(32)),
  };
  const place = { host: '127.0.0.1', port: 0, trustedProxies: 0, secure: options.secure ?? false, publicOrigin: undefined };
  const server = await openStaffServer(deps, silent, { ...place, webFolder: options.webFolder });
  const base = `http://localhost:${String(server.port)}`;
  const origin = place.secure ? base.replace('http:', 'https:') : base;
  const program = { base, origin, ask: asking(base, origin) };
  const acts = actsOf(program);
  return {
    ...program,
    ...acts,
    close: async () => {
      await server.close();
      await Promise.all([closeDatabase(staff), closeDatabase(lookUps)]);
    },
  };
}

function asking(base: string, origin: string): StaffProgram['ask'] {
  return async (method, path, { body, browser, headers } = {}) => {
    const answer = await fetch(base + path, {
      method,
      headers: {
        'x-aegis-request': '1',
        origin,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(browser === undefined || browser.cookie === '' ? {} : { cookie: browser.cookie }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json: unknown = text === '' ? undefined : JSON.parse(text);
    const set = answer.headers.get('set-cookie');
    if (browser !== undefined && set !== null) browser.cookie = set.split(';')[0] ?? '';
    return { status: answer.status, json, code: (json as { code?: string } | undefined)?.code, headers: answer.headers };
  };
}

type Acts = Pick<StaffProgram, 'enrol' | 'signIn' | 'addKey' | 'signed'>;

function actsOf({ ask, origin }: Pick<StaffProgram, 'ask' | 'origin'>): Acts {
  const challengeOf = ({ json }: StaffAnswer): string => (json as { challenge: string }).challenge;
  const answer = (browser: StaffBrowser, challenge: string) => {
    browser.counter += 1;
    return browser.keys[0]?.answer({ challenge, origin, rpId, counter: browser.counter });
  };
  const signed: Acts['signed'] = async (browser, act, path) => {
    const challenge = challengeOf(await ask('POST', '/v1/acts', { browser, body: act }));
    const body = Object.fromEntries(Object.entries(act).filter(([name]) => name !== 'act'));
    return ask('POST', path, { browser, body: { ...body, signed: answer(browser, challenge) } });
  };
  const signIn: Acts['signIn'] = async (browser) => {
    const challenge = challengeOf(await ask('POST', '/v1/sign-in/options'));
    return ask('POST', '/v1/sign-in', { browser, body: { response: answer(browser, challenge) } });
  };
  return {
    signed,
    signIn,
    enrol: async (secret) => {
      const browser: StaffBrowser = { cookie: '', counter: 0, keys: [softwarePasskey()] };
      const challenge = challengeOf(await ask('POST', '/v1/enrolments/options', { body: { secret } }));
      const response = browser.keys[0]?.register({ challenge, origin, rpId });
      const kept = await ask('POST', '/v1/enrolments/passkey', { body: { secret, name: 'first key', response } });
      if (kept.status !== 204) throw new Error(`not enrolled: ${String(kept.status)} ${String(kept.code)}`);
      await signIn(browser);
      return browser;
    },
    addKey: async (browser) => {
      const key = softwarePasskey();
      const challenge = challengeOf(await ask('POST', '/v1/passkeys/options', { browser }));
      const response = key.register({ challenge, origin, rpId });
      const act = challengeOf(await ask('POST', '/v1/acts', { browser, body: { act: 'passkey', credentialId: response.id } }));
      const added = await ask('POST', '/v1/passkeys', { browser, body: { name: 'second key', response, signed: answer(browser, act) } });
      browser.keys.push(key);
      return added;
    },
  };
}
