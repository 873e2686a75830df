import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';

/** What a provider says of one person in one token; every part can be made to lie. */
export type SaidToken = {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Signs it; the published key where absent. A text is a shared secret. */
  readonly by?: CryptoKey | Uint8Array;
  /** The token, as it is. */
  readonly raw?: string;
};

/** A provider that says what a test wants it to. */
export type LyingProvider = {
  readonly issuer: string;
  readonly publicJwk: JWK;
  /** Requests for keys so far. */
  readonly keysAsked: () => number;
  /** What the next token says. The nonce is that of the last authorization unless it is said. */
  readonly say: (token: SaidToken) => void;
  /** Makes a token by itself, as `say` has it. */
  readonly make: (token: SaidToken) => Promise<string>;
  /** Answers a path in another way. */
  readonly answer: (path: string, how: ((request: IncomingMessage, response: ServerResponse) => void) | undefined) => void;
  /** Changes what it says of itself. */
  readonly describe: (more: Readonly<Record<string, unknown>>) => void;
  /** Publishes another key in the place of the last one. */
  readonly rotate: () => Promise<void>;
  /** Goes where a browser is sent; answers what it comes back with, `?` left out. */
  readonly visit: (location: string | URL, more?: Readonly<Record<string, string | undefined>>) => string;
  readonly close: () => void;
};

/** Starts one on a port of its own. Its client is `aegis`, whatever its secret is. */
export async function lyingProvider(): Promise<LyingProvider> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const issuer = `http://provider.test:${String(port)}`;
  let keys = await makeKeys('first');
  let said: SaidToken = {};
  let nonce = '';
  let asked = 0;
  let description: Readonly<Record<string, unknown>> = {};
  const answers = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>();

  const make = async (said: SaidToken): Promise<string> => {
    if (said.raw !== undefined) return said.raw;
    const nowSeconds = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, aud: 'aegis', sub: 'person', iat: nowSeconds, exp: nowSeconds + 300, nonce, ...said.claims };
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: keys.kid, ...said.header }).sign(said.by ?? keys.privateKey);
  };
  const respond = async (path: string): Promise<unknown> => {
    if (path === '/.well-known/openid-configuration') return { ...metadataOf(issuer), ...description };
    if (path === '/jwks') {
      asked += 1;
      return { keys: [keys.publicJwk] };
    }
    return path === '/token' ? { access_token: 'access', token_type: 'bearer', expires_in: 60, id_token: await make(said) } : undefined;
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const other = answers.get(path);
    if (other !== undefined) {
      other(request, response);
      return;
    }
    request.resume();
    void respond(path).then((value) => {
      response.writeHead(value === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value ?? {}));
    });
  });
  return {
    issuer,
    get publicJwk() {
      return keys.publicJwk;
    },
    keysAsked: () => asked,
    make,
    say: (next) => {
      said = next;
    },
    answer: (path, how) => {
      if (how === undefined) answers.delete(path);
      else answers.set(path, how);
    },
    describe: (more) => {
      description = more;
    },
    rotate: async () => {
      keys = await makeKeys('second');
    },
    visit: (location, more = {}) => {
      const sent = new URL(location).searchParams;
      nonce = sent.get('nonce') ?? '';
      const back = { code: 'a-code', state: sent.get('state') ?? '', iss: issuer, ...more };
      const parts: Readonly<Record<string, string | undefined>> = back;
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(parts)) if (value !== undefined) query.set(name, value);
      return query.toString();
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function makeKeys(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
}

function metadataOf(issuer: string): Readonly<Record<string, unknown>> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
    authorization_response_iss_parameter_supported: true,
  };
}
