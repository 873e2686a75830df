import { getSso, getTenant, type SsoView } from '@lib/contract';
import { testApi, type Answer, type TestApi, type TestOutside } from './api.ts';
import { companyBrowser, type CompanyBrowser } from './company-browser.ts';
import type { LyingProvider } from './lying-provider.ts';
import type { PlantedMember } from './plant-member.ts';
import { addFirstPasskey, site } from './plant-passkey.ts';
import { realProvider, type Account, type RealProvider } from './real-provider.ts';

const { origin } = site;

/** What a test sets up of a provider where it says nothing else. */
export const ssoSettings = { domains: ['acme.test'], defaultRole: 'developer', roleClaim: null, groupRoles: [], required: false };

/** A client of a provider, as its owner writes it down here. */
export type ClientGiven = { readonly issuer: string; readonly clientId: string; readonly clientSecret: string };

/** The API, and a company beside it with a provider of its own. `accounts` and `records` may be changed at any time; so may the clock. */
export type TestCompany = {
  readonly api: TestApi;
  readonly provider: RealProvider;
  readonly client: ClientGiven;
  readonly accounts: Record<string, Account>;
  readonly records: Record<string, readonly string[] | undefined>;
  readonly clock: { nowMs: number };
  readonly set: (change: object, token?: string) => Promise<SsoView>;
  /** Somebody signs in from the company's own page, start to end. */
  readonly arrive: (
    sso: SsoView,
    account: string,
    browser?: CompanyBrowser,
  ) => Promise<{ readonly answer: Answer; readonly headers: Readonly<Record<string, string>> }>;
  readonly selfOf: (headers: Readonly<Record<string, string>>) => Promise<ReturnType<typeof selfIn>>;
  /** Why people were refused, oldest first. */
  readonly reasons: () => Promise<readonly unknown[]>;
  readonly passkeySignIn: (member: PlantedMember, passkey?: Awaited<ReturnType<typeof addFirstPasskey>>) => Promise<Answer>;
  readonly close: () => Promise<void>;
};

const selfIn = (json: unknown) => getTenant.answers[200].schema.parse(json).self.member;

/** The entry that a provider is found by. */
export function entryOf({ entryPath }: SsoView): { readonly entry: string } {
  return { entry: entryPath.slice('/sign-in?company='.length) };
}

/** The client of a provider that lies. */
export function liarOf({ issuer }: LyingProvider): ClientGiven {
  return { issuer, clientId: 'aegis', clientSecret: 'a secret' };
}

/** Starts both. */
export async function testCompany(outside: TestOutside = {}): Promise<TestCompany> {
  const accounts: Record<string, Account> = { ada: { email: 'ada@acme.test', email_verified: true, name: 'Ada' } };
  const records: Record<string, readonly string[] | undefined> = {};
  const clock = { nowMs: Date.now() };
  const provider = await realProvider(`${origin}/sign-in/company`, accounts);
  const api = await testApi({ publicOrigin: origin, trustedProxies: 1, records, clock: { nowMs: () => clock.nowMs }, ...outside });
  const { issuer, clientId, clientSecret } = provider;
  const client = { issuer, clientId, clientSecret };
  return {
    api,
    provider,
    client,
    accounts,
    records,
    clock,
    set: async (change, token = api.acme.admin) => {
      const answer = await api.ask('POST', '/v1/sso', { token, body: { ...ssoSettings, ...client, ...change } });
      const { sso } = getSso.answers[200].schema.parse(answer.json);
      if (sso === null) throw new Error('a provider was set');
      return sso;
    },
    arrive: async (sso, account, browser = companyBrowser(api, origin)) => {
      const back = await provider.visit((await browser.leave(entryOf(sso))) ?? '', account);
      const answer = await browser.comeBack(back.search.slice(1));
      return { answer, headers: browser.headers() };
    },
    selfOf: async (headers) => selfIn((await api.ask('GET', '/v1/tenant', { headers })).json),
    reasons: async () => (await api.audit(api.acme.id, 'sso.refused')).map((event) => event.detail?.['reason']),
    passkeySignIn: async (member, passkey) => {
      const key = passkey ?? (await addFirstPasskey(api, member));
      const headers = { origin, 'x-forwarded-for': '192.0.2.9' };
      const options = (await api.ask('POST', '/v1/sessions/passkey/options', { headers })).json as { readonly challenge: string };
      return api.ask('POST', '/v1/sessions/passkey', {
        headers,
        body: { response: key.answer({ ...site, challenge: options.challenge }) },
      });
    },
    close: async () => {
      await api.close();
      provider.close();
    },
  };
}
