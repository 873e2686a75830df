import { askForSignIn } from '@lib/contract';
import type { Answer, TestApi } from './api.ts';

/** A browser that signs in at a company's provider: it keeps what it was given, and comes from one address. */
export type CompanyBrowser = {
  /** Where it is sent for a company; nothing where there is none. */
  readonly leave: (company: { readonly email: string } | { readonly entry: string }) => Promise<string | undefined>;
  /** Comes back with what the provider gave it. */
  readonly comeBack: (query: string) => Promise<Answer>;
  /** The headers of a change from our own page, once it is signed in. */
  readonly headers: () => Readonly<Record<string, string>>;
};

let strangers = 0;

/** Opens one, where the dashboard is at `origin`. */
export function companyBrowser(api: TestApi, origin: string): CompanyBrowser {
  strangers += 1;
  const from = `198.51.100.${String(strangers)}`;
  const jar = new Map<string, string>();
  const ask = async (path: string, body: unknown): Promise<Answer> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await api.ask('POST', path, { body, headers: { origin, cookie, 'x-aegis-request': '1', 'x-forwarded-for': from } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/u.exec(line) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  };
  return {
    leave: async (company) =>
      askForSignIn.answers[200].schema.parse((await ask('/v1/sessions/passkey/options', { company })).json).location,
    comeBack: (query) => ask('/v1/sessions/company', { query }),
    headers: () => ({ cookie: `aegis_session=${jar.get('aegis_session') ?? ''}`, 'x-aegis-request': '1', origin }),
  };
}
