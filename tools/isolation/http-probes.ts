import { z } from 'zod';
import type { Route } from '@lib/contract';
import { apiRoutes } from '../../apps/api/api-routes.ts';
import type { Answer, TestApi } from '../testing/api.ts';
import { absentId, callRoute, headersOf, isOwn, routesWithIds, type NamedIds } from './foreign-ids.ts';
import type { Probe } from './probe.ts';

/** The running API, and one thing of every kind that belongs to the other tenant. */
export type HttpTarget = { readonly api: TestApi; readonly theirs: NamedIds };

/** What a hostile tenant tries over HTTP: each route with ids, each list, each way to say another tenant. */
export const httpProbes: readonly Probe<HttpTarget>[] = [
  ...routesWithIds.map((route): Probe<HttpTarget> => ({
    // a check of one's own things is by member besides, so that taking the tenant's away shows nothing
    id: `${isOwn(route) ? 'P43own' : 'P43'}.${route.operationId}`,
    what: `${route.method} ${route.path} answers another tenant's id like an absent one`,
    attack: (target) => foreignId(target, route),
  })),
  ...apiRoutes
    .filter((route) => route.method === 'GET' && !route.path.includes('{') && route.scope !== 'none')
    .map((route): Probe<HttpTarget> => ({
      id: `P44.${route.operationId}`,
      what: `${route.method} ${route.path} shows no byte of another tenant, whatever it is asked for`,
      attack: (target) => listOthers(target, route),
    })),
  { id: 'P44.cursor', what: 'a cursor of another tenant is no cursor', attack: foreignCursor },
  ...(['x-tenant-id', 'x-aegis-tenant', 'x-forwarded-host', 'x-original-url', 'tenant'] as const).map((header): Probe<HttpTarget> => ({
    id: `P46.${header}`,
    what: `the header ${header} names no tenant`,
    attack: (target) => namedTenant(target, { [header]: target.api.other.id }),
  })),
  { id: 'P46.query', what: 'a query parameter names no tenant', attack: ({ api }) => namedByQuery(api) },
  { id: 'P46.cookie', what: 'a token in the cookie, and a cookie beside a token, change nothing', attack: mixedCredentials },
  { id: 'P46.forged', what: 'an unsigned token, an id as a token and an empty one open nothing', attack: forgedTokens },
  { id: 'P47.idempotency', what: 'an idempotency key of another tenant replays nothing', attack: replayOthers },
  { id: 'P45.log', what: 'the log of the API holds nothing of what a tenant stores', attack: readLog },
];

/** What the other tenant's rows hold, so that any answer can be searched for it. */
export const canary = 'vault';

async function foreignId({ api, theirs }: HttpTarget, route: Route): Promise<readonly string[]> {
  const token = api.acme.admin;
  const foreign = await callRoute(api, route, { ids: theirs, token });
  const absent = await callRoute(api, route, { ids: Object.fromEntries(Object.keys(theirs).map((name) => [name, absentId])), token });
  const differs = foreign.text !== absent.text || JSON.stringify(headersOf(foreign)) !== JSON.stringify(headersOf(absent));
  return [
    ...(foreign.status === 404 || (isOwn(route) && needsPerson(foreign)) ? [] : [`status ${String(foreign.status)}`]),
    ...(differs ? ['the answer differs from that of an absent id'] : []),
  ];
}

/** What only a person may do is refused to a token before anything is looked up: for either id alike. */
function needsPerson({ code }: Answer): boolean {
  return code === 'presence.person_needed';
}

async function listOthers({ api, theirs }: HttpTarget, route: Route): Promise<readonly string[]> {
  const wanted = ['', `?scanId=${theirs['scanId'] ?? ''}`, `?repositoryId=${theirs['repositoryId'] ?? ''}`, `?path=${canary}`, '?from=0'];
  const found: string[] = [];
  for (const query of wanted) {
    const answer = await api.ask(route.method, `${route.path}${query}`, { token: api.acme.admin });
    if (answer.status >= 500) found.push(`${query}: status ${String(answer.status)}`);
    found.push(...foreignBytes(answer.text, { api, theirs }).map((what) => `${query}: ${what}`));
  }
  return found;
}

/** Echoes of the question are no leak: ids stand in the address and not in the body. */
function foreignBytes(text: string, { api, theirs }: HttpTarget): readonly string[] {
  return [api.other.id, canary, ...Object.values(theirs)].filter((secret) => text.includes(secret));
}

const pageSchema = z.object({ nextCursor: z.string() });

async function foreignCursor({ api }: HttpTarget): Promise<readonly string[]> {
  const page = await api.ask('GET', '/v1/tokens?limit=1', { token: api.other.admin });
  const cursor = pageSchema.parse(page.json).nextCursor;
  const answer = await api.ask('GET', `/v1/tokens?limit=1&cursor=${cursor}`, { token: api.acme.admin });
  return answer.code === 'http.cursor_invalid' ? [] : [`status ${String(answer.status)}`];
}

async function namedTenant({ api }: HttpTarget, headers: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const answer = await api.ask('GET', '/v1/tenant', { token: api.acme.read, headers });
  return answer.text.includes(api.acme.id) && !answer.text.includes(api.other.id) ? [] : [`status ${String(answer.status)}`];
}

async function namedByQuery(api: TestApi): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of ['tenantId', 'tenant_id', 'tenant']) {
    const answer = await api.ask('GET', `/v1/tenant?${name}=${api.other.id}`, { token: api.acme.read });
    if (answer.text.includes(api.other.id)) found.push(name);
  }
  return found;
}

async function mixedCredentials({ api }: HttpTarget): Promise<readonly string[]> {
  const started = await api.ask('POST', '/v1/sessions', { body: { token: api.other.read } });
  const cookie = String(started.headers.get('set-cookie')).split(';', 1)[0] ?? '';
  const both = await api.ask('GET', '/v1/tenant', { token: api.acme.read, headers: { cookie } });
  const asCookie = await api.ask('GET', '/v1/tenant', { headers: { cookie: `aegis_session=${api.acme.read}; ${cookie}` } });
  return [
    ...(both.text.includes(api.other.id) ? ['the cookie won over the token'] : []),
    ...(asCookie.text.includes(api.other.id) ? ['a second cookie won over the first'] : []),
  ];
}

async function forgedTokens({ api }: HttpTarget): Promise<readonly string[]> {
  const unsigned = [{ alg: 'none' }, { tid: api.other.id, scope: 'admin' }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const found: string[] = [];
  for (const token of [`${unsigned}.`, api.other.id, `aegis_${'A'.repeat(43)}`, `${api.other.read} ${api.acme.read}`, '']) {
    const answer = await api.ask('GET', '/v1/tenant', { token });
    if (answer.status !== 401) found.push(`status ${String(answer.status)}`);
  }
  return found;
}

async function replayOthers({ api }: HttpTarget): Promise<readonly string[]> {
  const headers = { 'idempotency-key': 'the-same-key-for-both' };
  const body = { name: 'theirs', scope: 'read' };
  const theirs = await api.ask('POST', '/v1/tokens', { token: api.other.admin, headers, body });
  const mine = await api.ask('POST', '/v1/tokens', { token: api.acme.admin, headers, body });
  const made = z.object({ id: z.string() });
  return mine.status === 201 && made.parse(mine.json).id !== made.parse(theirs.json).id ? [] : [`status ${String(mine.status)}`];
}

async function readLog({ api, theirs }: HttpTarget): Promise<readonly string[]> {
  await api.ask('GET', `/v1/findings?path=${canary}`, { token: api.other.admin });
  await api.ask('GET', `/v1/findings/${theirs['findingId'] ?? ''}`, { token: api.other.admin });
  const text = api.logLines.join('\n');
  return [canary, api.other.admin, api.acme.admin, 'aegis_'].filter((secret) => text.includes(secret));
}
