import { z } from 'zod';
import type { Route } from '@lib/contract';
import { apiRoutes } from '../../apps/api/api-routes.ts';
import type { Answer, TestApi } from '../testing/api.ts';
import { absentId, callRoute, headersOf, isOwn, routesWithIds, type NamedIds } from './foreign-ids.ts';
import { hookProbes } from './hook-probes.ts';
import type { HttpTarget } from './http-target.ts';
import { canaryOf, plantCanaries } from './plant-canaries.ts';
import type { Probe } from './probe.ts';

// What the product says of itself, to everybody alike: these answers come from no row.
const ofTheProduct: ReadonlySet<string> = new Set(['getScimConfig', 'listScimKinds', 'listScimSchemas']);

/** What a hostile tenant tries over HTTP: each route with ids, each list, each way to say another tenant. */
export const httpProbes: readonly Probe<HttpTarget>[] = [
  ...routesWithIds.map((route): Probe<HttpTarget> => ({
    // a check of one's own things is by member besides, so that taking the tenant's away shows nothing
    id: `${isOwn(route) ? 'P43own' : 'P43'}.${route.operationId}`,
    what: `${route.method} ${route.path} answers another tenant's id like an absent one`,
    attack: (target) => foreignId(target, route),
  })),
  ...apiRoutes
    .filter(
      (route) => route.method === 'GET' && !route.path.includes('{') && route.scope !== 'none' && !ofTheProduct.has(route.operationId),
    )
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
  { id: 'P40', what: 'a foreign id and an absent one go the same way, statement by statement', attack: sameWay },
  { id: 'P42.http', what: 'no parameter, path or body carries SQL to a statement', attack: injectEverywhere },
  { id: 'P45.log', what: 'the log of the API holds nothing of what a tenant stores', attack: readLog },
  ...hookProbes,
  { id: 'P45.sweep', what: 'no column of another tenant shows in any answer, log, job or audit entry', attack: sweep },
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

/** Work that differs takes time that differs. What an id costs is how often the database is asked, and for what. */
async function sameWay({ api, theirs, asked }: HttpTarget): Promise<readonly string[]> {
  const found: string[] = [];
  for (const route of routesWithIds) {
    const wayOf = async (ids: NamedIds): Promise<string> => {
      asked();
      await callRoute(api, route, { ids, token: api.acme.admin });
      return asked().join();
    };
    const foreign = await wayOf(theirs);
    const absent = await wayOf(Object.fromEntries(Object.keys(theirs).map((name) => [name, absentId])));
    if (foreign !== absent) found.push(`${route.operationId}: ${foreign}; absent: ${absent}`);
  }
  return found;
}

const injections = (tenant: string): readonly string[] => [
  `' or '1'='1`,
  `x'; select set_config('app.tenant_proof', '${tenant}', false); --`,
  `') union select tenant_id::text from app.repository --`,
  `"}' or tenant_id = '${tenant}`,
];

async function injectEverywhere(target: HttpTarget): Promise<readonly string[]> {
  const { api } = target;
  const found: string[] = [];
  for (const route of apiRoutes.filter(({ scope }) => scope !== 'none')) {
    const names = ['cursor', 'limit', 'path', 'scanId', 'repositoryId', ...Object.keys(route.query?.shape ?? {})];
    for (const text of injections(api.other.id)) {
      const path = route.path.replaceAll(/\{\w+\}/gu, encodeURIComponent(text));
      const query = names.map((name) => `${name}=${encodeURIComponent(text)}`);
      const asks = route.method === 'GET' ? ['', ...query] : [''];
      for (const one of asks) {
        const body = route.method === 'POST' && route.raw === undefined ? { body: { name: text, reason: text, comment: text } } : {};
        const answer = await api.ask(route.method, one === '' ? path : `${path}?${one}`, { token: api.acme.admin, ...body });
        if (answer.status >= 500) found.push(`${route.operationId} ${one}: status ${String(answer.status)}`);
        // an echo of the question is no leak
        const leaks = foreignBytes(answer.text, { api, theirs: {} }).filter((what) => what !== api.other.id);
        found.push(...leaks.map((what) => `${route.operationId}: ${what}`));
      }
    }
  }
  const plain = await api.ask('GET', '/v1/repositories', { token: api.acme.admin });
  return [...found, ...foreignBytes(plain.text, target)];
}

/** Everything that one's own questions bring about is searched for what stands in the rows of the other. */
async function sweep({ api, theirs }: HttpTarget): Promise<readonly string[]> {
  const planted = await plantCanaries(api.database, api.other.id);
  const texts: string[] = [];
  for (const route of apiRoutes.filter(({ method, scope }) => method === 'GET' && scope !== 'none')) {
    for (const ids of [theirs, Object.fromEntries(Object.keys(theirs).map((name) => [name, absentId]))])
      texts.push(`${route.operationId}: ${(await callRoute(api, route, { ids, token: api.acme.admin })).text}`);
  }
  for (const table of ['app.audit_outbox', 'app.job', 'app.idempotency']) {
    const rows = await api.database.admin(`select to_jsonb(t)::text as row from ${table} t where tenant_id <> $1`, [api.other.id]);
    texts.push(...rows.map(({ row }) => `${table}: ${String(row)}`));
  }
  texts.push(...api.logLines.map((line) => `log: ${line}`));
  return [
    ...(planted >= canaryColumnsMin ? [] : [`control: ${String(planted)} columns hold a canary`]),
    ...texts.filter((text) => text.includes(canaryOf(api.other.id))).map((text) => text.slice(0, 60)),
  ];
}

const canaryColumnsMin = 20;

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
  const [mine, others] = await Promise.all([api.acme, api.other].map(({ admin: token }) => api.ask(route.method, route.path, { token })));
  // what holds no id of theirs is told by its words: they have something of everything, and all of it differs
  if (mine?.status === 200 && mine.text === others?.text && !ofTheProduct.has(route.operationId))
    found.push('the same as what the other tenant is answered');
  const long = (text = ''): readonly string[] => text.match(/[\w+/=-]{36,}/gu) ?? [];
  found.push(...long(mine?.text).filter((word) => long(others?.text).includes(word)));
  return found;
}

/** Echoes of the question are no leak: ids stand in the address and not in the body. */
function foreignBytes(text: string, { api, theirs }: Pick<HttpTarget, 'api' | 'theirs'>): readonly string[] {
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
