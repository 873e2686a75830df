import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

/** What the company knows of one of its people, by the name of their account there. */
export type Account = {
  readonly email: string;
  readonly email_verified: boolean;
  readonly name: string;
  readonly groups?: readonly string[];
};

/** A provider of a company's: somebody else's implementation of OpenID Connect, at which whoever comes is signed in at once. */
export type RealProvider = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Goes where a browser is sent, as somebody; answers the address that they are sent back to. */
  readonly visit: (location: string, account: string) => Promise<URL>;
  readonly close: () => void;
};

/** Starts one on a port of its own, for one client at one address. `accounts` may be changed while it runs. */
export async function realProvider(redirectUri: string, accounts: Readonly<Record<string, Account>>): Promise<RealProvider> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const clientSecret = ['a', 'client', 'secret'].join('-');
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'aegis',
        client_secret: clientSecret,
        redirect_uris: [redirectUri],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['a key for cookies of a test'] },
  });
  const serve = provider.callback();
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/') === true) void agree(provider, request, response);
    else void serve(request, response);
  });
  return {
    issuer,
    clientId: 'aegis',
    clientSecret,
    visit: (location, account) => visit(location, account, redirectUri),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Somebody signs in there, and says yes to what is asked. */
async function agree(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  const accountId = String(request.headers['x-account']);
  const grant = new provider.Grant({ accountId, clientId: String(params['client_id']) });
  grant.addOIDCScope(String(params['scope']));
  await provider.interactionFinished(request, response, { login: { accountId }, consent: { grantId: await grant.save() } });
}

async function visit(location: string, account: string, redirectUri: string): Promise<URL> {
  const jar = new Map<string, string>();
  let url = new URL(location);
  for (let hop = 0; hop < 10 && !url.href.startsWith(redirectUri); hop += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie, 'x-account': account } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/u.exec(line) ?? [];
      jar.set(name, value);
    }
    const next = answer.headers.get('location');
    if (next === null) throw new Error(`the provider went nowhere: ${String(answer.status)} ${await answer.text()}`);
    url = new URL(next, url);
  }
  return url;
}
