import { gzipSync } from 'node:zlib';
import type { Route } from '@lib/contract';
import { apiRoutes } from '../../apps/api/api-routes.ts';
import type { Answer, TestApi } from '../testing/api.ts';
import { plantMember } from '../testing/plant-member.ts';
import { auditPlacing } from '../testing/place-audit.ts';
import { plantClaim } from '../testing/plant-claim.ts';
import { plantForgeApp } from '../testing/plant-forge.ts';
import { plantAlarms, plantFindings, plantRepository, plantScan } from '../testing/plant.ts';

/** Ids by the names that the contract gives them. */
export type NamedIds = Readonly<Record<string, string>>;

/** What deliveries for the other tenant are signed with. */
export const theirHookSecret = 'a secret of the other tenant';

/** An id that no tenant has. */
export const absentId = '0195a1d0-0000-7000-8000-00000000dead';
const exportPlan = {
  origin: 'log',
  size: 1,
  checkpoint: 'note',
  verifierKey: 'key',
  policy: '',
  filter: {},
  views: [],
  proofs: [],
  pending: 0,
  createdAtMs: 0,
};

/** Ids that stand in a body, by operation. */
const idsInBodies: Readonly<Record<string, readonly string[]>> = {
  createScan: ['repositoryId'],
  createCiTrust: ['repositoryId'],
  decideFindings: ['findingId'],
  draftSuppression: ['findingId'],
};

/** Endpoints whose address holds a secret, which says whose it is, and no id: there is nothing foreign to name. */
const secretAddresses: readonly string[] = ['receiveDelivery'];

/** Every other endpoint that takes an id, from the route table: a new one is attacked without anybody thinking of it. */
export const routesWithIds = apiRoutes.filter((route) => !secretAddresses.includes(route.operationId) && idNames(route).length > 0);

/** Whether a route is about things of the member who asks, and of no other. */
export function isOwn(route: Route): boolean {
  return route.needs?.endsWith('-own') === true;
}

/** The names of the ids that a route takes, in its path or its body. */
export function idNames(route: Route): readonly string[] {
  return [...route.path.matchAll(/\{(\w+)\}/gu)].map(([, name = '']) => name).concat(bodyIds(route));
}

/** Plants one thing of every kind of the other tenant; answers their ids. */
export async function plantForeign(api: TestApi): Promise<NamedIds> {
  const repositoryId = await plantRepository(api, api.other, 'vault');
  const scanId = await plantScan(api, api.other, { repositoryId, stages: ['queued'] });
  const [findingId = ''] = await plantFindings(api, api.other, [{ repositoryId, scanId, path: 'a.js' }]);
  const [token] = await api.database.admin('select id from app.api_token where tenant_id = $1 and scope = $2', [api.other.id, 'read']);
  const [alarmId = ''] = await plantAlarms(api, api.other, [findingId]);
  const exportId = '0195a1d0-0000-7000-8000-00000000e0e0';
  await api.database.admin(`insert into app.audit_export (tenant_id, id, plan, size) values ($1, $2, $3, 1)`, [
    api.other.id,
    exportId,
    JSON.stringify(exportPlan),
  ]);
  const { id: memberId, sessionId } = await plantMember(api, api.other, 'developer');
  const passkeyId = await plantPasskeyOf(api, memberId);
  const invitationId = '0195a1d0-0000-7000-8000-00000000b0b0';
  await api.database.admin(
    `insert into app.invitation (tenant_id, id, email, role, expires_at) values ($1, $2, 'guest@people.test', 'auditor', now() + interval '1 day')`,
    [api.other.id, invitationId],
  );
  const { witnessId, sinkId } = await plantPlacesOfTheLog(api);
  await api.database.admin(`insert into app.job (tenant_id, id, kind, payload) values ($1, $2, 'ingest.seal', '{}')`, [
    api.other.id,
    scanId,
  ]);
  await api.database.admin('insert into app.access_setting (tenant_id, own_approval) values ($1, true)', [api.other.id]);
  await api.ask('POST', '/v1/isolation/probe', { token: api.other.admin });
  const suppressionId = await plantClaim(api.database, api.other.id, { scope: { kind: 'finding' } });
  await plantLetters(api, memberId);
  const directory = await plantDirectory(api);
  const ciTrustId = await plantCiTrust(api, repositoryId);
  const elevationId = await plantElevation(api);
  const forge = await plantInstallation(api);
  const placing = auditPlacing(api);
  await placing.place(api.other.id);
  await placing.close();
  const [leaf] = await api.database.admin('select event_id from app.audit_leaf where tenant_id = $1 and idx = 0', [api.other.id]);
  const eventId = String(leaf?.['event_id']);
  return {
    ...forge,
    elevationId,
    suppressionId,
    ...directory,
    ciTrustId,
    eventId,
    invitationId,
    memberId,
    sessionId,
    passkeyId,
    witnessId,
    sinkId,
    repositoryId,
    scanId,
    findingId,
    tokenId: String(token?.['id']),
    alarmId,
    exportId,
  };
}

async function plantInstallation(api: TestApi): Promise<NamedIds> {
  const { appId: forgeAppId, hook } = await plantForgeApp(api, api.other, { secrets: [theirHookSecret] });
  const installationId = '0195a1d0-0000-7000-8000-00000000a0a0';
  await api.database.admin(
    `insert into app.forge_installation (tenant_id, id, app_id, external_id, account, state) values ($1, $2, $3, 4711, 'other', 'active')`,
    [api.other.id, installationId, forgeAppId],
  );
  return { forgeAppId, hook, installationId };
}

/** Where the other tenant's log goes. */
async function plantPlacesOfTheLog(api: TestApi): Promise<{ readonly witnessId: string; readonly sinkId: string }> {
  const witnessId = '0195a1d0-0000-7000-8000-00000000f0f0';
  await api.database.admin(`insert into app.audit_witness (tenant_id, id, verifier_key, url) values ($1, $2, $3, 'https://witness.test')`, [
    api.other.id,
    witnessId,
    'witness.test+key',
  ]);
  const sinkId = '0195a1d0-0000-7000-8000-00000000d0d0';
  await api.database.admin(
    `insert into app.audit_sink (tenant_id, id, target, cursor) values ($1, $2, '{"kind":"s3","bucket":"logs","region":"eu-west-1"}', 0)`,
    [api.other.id, sinkId],
  );
  return { witnessId, sinkId };
}

async function plantPasskeyOf(api: TestApi, memberId: string): Promise<string> {
  const passkeyId = '0195a1d0-0000-7000-8000-00000000a0a0';
  await api.database.admin(
    `insert into app.passkey (tenant_id, id, member_id, name, credential_id, public_key, counter) values ($1, $2, $3, 'theirs', sha256('c'), sha256('k'), 0)`,
    [api.other.id, passkeyId, memberId],
  );
  return passkeyId;
}

/** Workflows that are trusted. */
async function plantCiTrust(api: TestApi, repositoryId: string): Promise<string> {
  const ciTrustId = '0195a1d0-0000-7000-8000-00000000a3a3';
  await api.database.admin(
    `insert into app.ci_trust (tenant_id, id, repository_id, issuer, forge_repository_id, forge_owner_id, refs, environments, minutes)
     values ($1, $2, $3, 'https://issuer.test', '1', '2', '{refs/heads/main}', '{}', 5)`,
    [api.other.id, ciTrustId, repositoryId],
  );
  return ciTrustId;
}

/** A provider of their own, and a mail that waits: nothing of either is named by an id. */
async function plantLetters(api: TestApi, memberId: string): Promise<void> {
  await api.database.admin(
    `insert into app.sso_provider (tenant_id, id, issuer, client_id, secret, entry, required)
     values ($1, $2, 'https://issuer.test', 'theirs', sha256('s'), 'theirs-theirs-theirs-t', false)`,
    [api.other.id, memberId],
  );
  await api.database.admin(`insert into app.mail (tenant_id, id, member_id, kind, facts) values ($1, $2, $2, 'tenant.kept', '{}')`, [
    api.other.id,
    memberId,
  ]);
}

/** A user and a group of a directory. */
async function plantDirectory(api: TestApi): Promise<NamedIds> {
  const scimUserId = '0195a1d0-0000-7000-8000-00000000a1a1';
  const scimGroupId = '0195a1d0-0000-7000-8000-00000000a2a2';
  await api.database.admin(`insert into app.scim_user (tenant_id, id, user_name, active) values ($1, $2, 'theirs', false)`, [
    api.other.id,
    scimUserId,
  ]);
  await api.database.admin(`insert into app.scim_group (tenant_id, id, display_name) values ($1, $2, 'theirs')`, [
    api.other.id,
    scimGroupId,
  ]);
  return { scimUserId, scimGroupId };
}

/** A request of staff that waits for two others. */
async function plantElevation(api: TestApi): Promise<string> {
  const elevationId = '0195a1d0-0000-7000-8000-00000000c0c0';
  await api.database.admin(
    `insert into app.elevation (tenant_id, id, person_id, person_name, session_id, scope, ticket, reason, minutes, own_approval, lapses_at)
     values ($1, $2, $2, 'Ada', $2, 'findings', 'SUP-1', 'looks at the ticket', 10, true, now() + interval '1 hour')`,
    [api.other.id, elevationId],
  );
  return elevationId;
}

/** Calls a route with ids. The head of a live view is enough for its owner: it does not end by itself. */
export async function callRoute(
  api: TestApi,
  route: Route,
  {
    ids,
    token,
    headers: own = {},
  }: { readonly ids: NamedIds; readonly token?: string; readonly headers?: Readonly<Record<string, string>> },
): Promise<Answer> {
  const path = route.path.replaceAll(/\{(\w+)\}/gu, (_whole, name: string) => ids[name] ?? '');
  const body = bodyOf(route, ids);
  const headers = { 'x-request-id': 'the-same-for-both', ...own };
  if (route.raw !== undefined) {
    // an archive by its first bytes, and a log of no results: each route of bytes takes it
    const raw = new Uint8Array(gzipSync('{"version":"2.1.0","runs":[]}'));
    const mediaType = route.raw.mediaTypes.find((type) => type === 'application/gzip') ?? 'application/json';
    return api.ask(route.method, path, { token, raw, headers: { ...headers, ...forgeHeaders, 'content-type': mediaType } });
  }
  if (route.operationId === 'streamScan') {
    const {
      status,
      headers: got,
      body: stream,
    } = await fetch(`${api.base}${path}`, { headers: { ...own, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) } });
    await stream?.cancel();
    if (status === 200) return { status, headers: got, text: '', json: undefined, code: undefined };
  }
  return api.ask(route.method, path, { token, headers, ...body });
}

const forgeHeaders = { 'x-github-event': 'push', 'x-github-delivery': 'a-delivery' };

/** The headers of an answer that two answers can be compared by. */
export function headersOf(answer: Answer): Record<string, string> {
  return Object.fromEntries([...answer.headers].filter(([name]) => name !== 'date'));
}

function bodyIds(route: Route): readonly string[] {
  return idsInBodies[route.operationId] ?? [];
}

const scimPatch = { schemas: [], Operations: [{ op: 'replace', path: 'externalId', value: 'x' }] };

/** Bodies that are right in all but whose they speak of. */
const bodies: Readonly<Record<string, (ids: NamedIds) => unknown>> = {
  createScan: ({ repositoryId }) => ({ repositoryId }),
  createCiTrust: ({ repositoryId }) => ({ repositoryId, forgeRepositoryId: '1', forgeOwnerId: '2', refs: ['refs/heads/main'] }),
  replaceScimUser: () => ({ userName: 'theirs', active: false }),
  patchScimUser: () => scimPatch,
  replaceScimGroup: () => ({ displayName: 'theirs' }),
  patchScimGroup: () => scimPatch,
  claimInstallation: () => ({ installation: 1 }),
  closeTenant: () => ({ name: 'Acme' }),
  changeRole: () => ({ role: 'auditor' }),
  holdEvidence: () => ({ reason: 'a case' }),
  extendEvidence: () => ({ retainUntil: new Date(Date.now() + 500 * 86_400_000).toISOString() }),
  decideFinding: () => ({ state: 'confirmed' }),
  decideFindings: ({ findingId }) => ({ findingIds: [findingId], count: 1, state: 'confirmed' }),
  commentFinding: () => ({ comment: 'said' }),
  draftSuppression: ({ findingId }) => ({
    findingIds: [findingId],
    decision: 'accepted_risk',
    reason: 'a reason that is one',
    expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
    scope: { kind: 'finding' },
  }),
  signSuppression: ({ findingId }) => ({
    decision: 'accepted_risk',
    reason: 'a reason that is one',
    expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
    scope: { kind: 'finding' },
    count: 1,
    findings: [
      {
        id: findingId,
        title: 't',
        path: 'p',
        startLine: 1,
        ruleId: 'r',
        ruleVersion: 1,
        contentSha256: 'a'.repeat(64),
        evidenceSha256: 'a'.repeat(64),
      },
    ],
  }),
};

function bodyOf(route: Route, ids: NamedIds): { readonly body?: unknown } {
  const body = bodies[route.operationId];
  return body === undefined ? {} : { body: body(ids) };
}
