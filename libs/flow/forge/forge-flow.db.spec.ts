import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  forgeAppIdSchema,
  jobIdSchema,
  scanIdSchema,
  type ForgeAppId,
  type JobKind,
  type JobPayload,
  type ScanId,
  type TenantId,
} from '@lib/contract';
import type { RunningJob } from '@lib/guard/jobs';
import { endScan } from '@lib/guard/scans';
import { openForge } from '@lib/platform/forge';
import { openLog } from '@lib/platform/telemetry';
import { peerInstallation, startPeer, type GithubPeer } from '../../../tools/github/peer.ts';
import { openStages, type Stages } from '../../../tools/testing/stages.ts';
import type { ForgeJobDeps } from './forge-job-deps.ts';
import { handleDelivery, reconcileDeliveries, reportScan, syncInstallation } from './index.ts';

const loopback = { mayReach: () => true, resolve: () => Promise.resolve(['127.0.0.1']), protocols: ['http:'] } as const;
let stages: Stages;
let peer: GithubPeer;
let deps: ForgeJobDeps;
let tenantId: TenantId;
let appId: ForgeAppId;
let nowMs = Date.now();

beforeAll(async () => {
  stages = await openStages();
  peer = await startPeer({ repositories: ['web', 'other'] });
  tenantId = await stages.addTenant();
  appId = forgeAppIdSchema.parse(randomUUID());
  await stages.deps.kms.importForgeKey({ purpose: 'forge', tenantId, appId }, peer.app.pem);
  await stages.database.admin(
    `insert into app.forge_app (tenant_id, id, kind, api_url, web_url, external_id, slug, owner_login, hook_secrets)
     values ($1, $2, 'reader', $3, $3, $4, 'aegis-reader', 'octocat', array['x'::bytea])`,
    [tenantId, appId, peer.url, peer.app.id],
  );
  const log = openLog({ destination: { write: () => true }, service: 'test' });
  const clock = { nowMs: () => nowMs };
  const forge = openForge({ signer: stages.deps.kms, clock, log, reach: loopback, paced: false, retryBaseMs: 1 });
  deps = { ...stages.deps, clock, forge, publicOrigin: 'https://aegis.test' };
});
afterAll(async () => {
  await stages.close();
  await peer.close();
});

async function hold<K extends JobKind>(kind: K, payload: JobPayload<K>): Promise<RunningJob<K>> {
  const id = jobIdSchema.parse(stages.deps.ids.uuid());
  await stages.database.admin(
    `insert into app.job (tenant_id, id, kind, payload, state, attempts, lease_until) values ($1, $2, $3, $4, 'running', 1, now() + interval '1 hour')`,
    [tenantId, id, kind, JSON.stringify(payload)],
  );
  return { id, kind, tenantId, payload, attempt: 1, pass: stages.database.pass(tenantId), signal: new AbortController().signal };
}

async function told(event: string, facts: object): Promise<void> {
  const deliveryId = randomUUID();
  await stages.database.admin(
    'insert into app.forge_delivery (tenant_id, id, app_id, guid, event, facts) values ($1, $2, $3, $4, $5, $6)',
    [tenantId, deliveryId, appId, randomUUID(), event, JSON.stringify({ installation: peerInstallation, ...facts })],
  );
  const payload = { tenantId, deliveryId: z.uuid().brand<'DeliveryId'>().parse(deliveryId) };
  await handleDelivery(deps, await hold('forge.handle', payload));
}
async function sync(): Promise<void> {
  const [row] = await stages.database.admin('select id from app.forge_installation where tenant_id = $1', [tenantId]);
  const installationId = z.uuid().brand<'InstallationId'>().parse(row?.['id']);
  await syncInstallation(deps, await hold('forge.sync', { tenantId, installationId }));
}
const report = async (scanId: ScanId): Promise<void> => reportScan(deps, await hold('forge.report', { tenantId, scanId }));

const changeSchema = z.object({ scan_id: scanIdSchema, trigger: z.string(), commit: z.string(), state: z.string(), side: z.boolean() });
async function changes() {
  const rows = await stages.database.admin(
    `select c.scan_id, c.trigger, c.commit, s.state, s.side from app.change c join app.scan s on s.id = c.scan_id where c.tenant_id = $1 order by s.created_at, s.id`,
    [tenantId],
  );
  return rows.map((row) => changeSchema.parse(row));
}
const newest = async (trigger: string): Promise<z.infer<typeof changeSchema>> => {
  const found = (await changes()).filter((change) => change.trigger === trigger).at(-1);
  if (found === undefined) throw new Error(`no scan of a ${trigger}`);
  return found;
};
const branchSchema = z.object({ commit: z.object({ sha: z.string() }) });
const head = async (branch: string): Promise<string> =>
  branchSchema.parse(await peer.asPerson('GET', `/repos/octocat/web/branches/${branch}`)).commit.sha;
const put = (path: string, text: string, branch: string) =>
  peer.asPerson('PUT', `/repos/octocat/web/contents/${path}`, { message: 'm', content: Buffer.from(text).toString('base64'), branch });
async function repositoryId(name = 'octocat/web'): Promise<number> {
  const [row] = await stages.database.admin('select external_id::int as id from app.forge_repository where full_name = $1', [name]);
  return z.int().parse(row?.['id']);
}

// A scan came to its end and saw these; the same name is the same finding in every scan of the repository.
async function end(scanId: ScanId, names: readonly string[], state: 'succeeded' | 'incomplete' | 'failed' = 'succeeded'): Promise<void> {
  await stages.database.admin(
    `with s as (select tenant_id, id, repository_id from app.scan where id = $1),
      p as (insert into app.evidence_pack (tenant_id, id, scan_id, object_key, object_version, bytes, sha256, merkle_root, entry_count, retain_until, sealed_at)
        select tenant_id, gen_random_uuid(), id, 'k', 'v', 1, sha256('x'), sha256('x'), 1, now() + interval '1 year', now() from s returning id),
      f as (insert into app.finding (tenant_id, id, repository_id, fingerprint, analyzer, rule_id, rule_version, severity, confidence, score, title,
          path, start_line, detail, first_scan_id, last_scan_id, state)
        select s.tenant_id, overlay(overlay(md5(s.repository_id || n.name) placing '4' from 13) placing '8' from 17)::uuid, s.repository_id, sha256(n.name::bytea), 'sast', 'js/sql-injection', 1, 3, 2, 80, n.name, 'a.js',
          n.line, '{"message":"what it is"}', s.id, s.id, 'proposed' from s, unnest($2::text[]) with ordinality as n (name, line)
        on conflict (tenant_id, id) do update set last_scan_id = excluded.last_scan_id returning id)
    insert into app.sighting (tenant_id, scan_id, finding_id, pack_id, pack_offset, pack_length, leaf_index, sha256)
    select s.tenant_id, s.id, f.id, p.id, 0, 1, 0, sha256('x') from s, f, p`,
    [scanId, names],
  );
  const context = { tenantId, actor: { type: 'worker', id: 'test' }, pass: stages.database.pass(tenantId) } as const;
  await stages.deps.tenancy.withTenant(context, 'end', (tx) =>
    endScan(deps, tx, { scanId, state, ...(state === 'succeeded' ? {} : { errorCode: 'scan.timed_out' }) }),
  );
}
const checkSchema = z.looseObject({
  id: z.int(),
  status: z.string(),
  conclusion: z.string().nullable(),
  external_id: z.string(),
  output: z.looseObject({ title: z.string(), summary: z.string() }),
});
async function checkOf(scanId: ScanId, commit: string): Promise<z.infer<typeof checkSchema> | undefined> {
  const listed = await peer.asPerson('GET', `/repos/octocat/web/commits/${commit}/check-runs?filter=all`);
  return z
    .object({ check_runs: z.array(checkSchema) })
    .parse(listed)
    .check_runs.find((run) => run.external_id === scanId);
}

describe('from an installation to a check run', () => {
  it('an_installation_on_the_apps_own_account_is_ours_and_its_repositories_are_connected', async () => {
    await told('installation', { action: 'created' });
    await sync();
    const rows = await stages.database.admin('select name, source from app.repository where tenant_id = $1 order by name', [tenantId]);
    expect(rows).toEqual([
      { name: 'octocat/other', source: { kind: 'forge' } },
      { name: 'octocat/web', source: { kind: 'forge' } },
    ]);
    await sync();
    expect(await stages.database.admin('select count(*)::int as n from app.repository where tenant_id = $1', [tenantId])).toEqual([
      { n: 2 },
    ]);
  });

  it('a_push_to_the_default_branch_scans_its_head_and_one_to_another_branch_nothing', async () => {
    const repository = await repositoryId();
    await told('push', { repository, ref: 'refs/heads/feature' });
    expect(await changes()).toEqual([]);
    await told('push', { repository, ref: 'refs/heads/main' });
    expect(await changes()).toMatchObject([{ trigger: 'push', commit: await head('main'), state: 'queued', side: false }]);
  });

  it('a_newer_push_takes_the_place_of_a_scan_under_way', async () => {
    await put('b.js', 'x', 'main');
    await told('push', { repository: await repositoryId(), ref: 'refs/heads/main' });
    expect((await changes()).map(({ state }) => state)).toEqual(['cancelled', 'queued']);
  });

  it('its_check_goes_from_queued_to_completed_and_what_is_told_twice_is_one', async () => {
    const { scan_id: scanId, commit } = await newest('push');
    await report(scanId);
    await report(scanId);
    expect(await checkOf(scanId, commit)).toMatchObject({ status: 'queued' });
    await stages.database.admin(
      `update app.scan set state = 'running', stage = 'analyze', started_at = now(), files_total = 7 where id = $1`,
      [scanId],
    );
    await report(scanId);
    expect(await checkOf(scanId, commit)).toMatchObject({
      status: 'in_progress',
      output: { summary: '7 files are being analysed (analyze).' },
    });
    await end(scanId, ['old one']);
    await report(scanId);
    const check = await checkOf(scanId, commit);
    expect(check).toMatchObject({ status: 'completed', conclusion: 'failure', output: { title: '1 new finding' } });
    const asked = peer.seen.length;
    await report(scanId);
    expect(peer.seen.length).toBe(asked);
    const [first] = await changes();
    if (first !== undefined) await report(first.scan_id);
    expect(first === undefined ? undefined : (await checkOf(first.scan_id, first.commit))?.conclusion).toBe('cancelled');
  });
});

describe('a pull request', () => {
  let pull: number;
  beforeAll(async () => {
    await peer.asPerson('POST', '/repos/octocat/web/git/refs', { ref: 'refs/heads/change', sha: await head('main') });
    await put('a.js', 'one\ntwo\nthree\n', 'change');
    pull = z
      .object({ number: z.int() })
      .parse(await peer.asPerson('POST', '/repos/octocat/web/pulls', { title: 't', head: 'change', base: 'main' })).number;
  });

  it('is_compared_with_where_it_left_its_branch_which_is_not_scanned_again', async () => {
    await told('pull_request', { repository: await repositoryId(), action: 'opened', pull });
    const change = await newest('pull_request');
    expect(change).toMatchObject({ commit: await head('change'), state: 'queued', side: true });
    const [row] = await stages.database.admin('select base, base_scan_id from app.change where scan_id = $1', [change.scan_id]);
    expect(row).toEqual({ base: await head('main'), base_scan_id: (await newest('push')).scan_id });
    expect((await changes()).filter(({ trigger }) => trigger === 'base')).toEqual([]);
  });

  it('reports_what_it_introduced_and_fixed_and_nothing_that_was_there_before', async () => {
    const { scan_id: scanId, commit } = await newest('pull_request');
    await end(scanId, ['new <b>one</b>', 'new two']);
    await report(scanId);
    const check = await checkOf(scanId, commit);
    expect(check).toMatchObject({
      status: 'completed',
      conclusion: 'failure',
      output: { title: '2 introduced findings', annotations_count: 2 },
    });
    expect(check?.output.summary).toContain('| introduced | 0 | 2 | 0 | 0 | 0 |');
    expect(check?.output.summary).toContain('| fixed | 0 | 1 | 0 | 0 | 0 |');
    expect(check?.output.summary).not.toContain('<b>');
  });

  it('waits_for_the_scan_of_what_it_is_compared_with_when_there_is_none_and_ends_alike', async () => {
    await stages.database.admin(`update app.scan set created_at = now() - interval '2 days' where tenant_id = $1`, [tenantId]);
    await told('pull_request', { repository: await repositoryId(), action: 'synchronize', pull });
    const [base, change] = [await newest('base'), await newest('pull_request')];
    expect(base).toMatchObject({ commit: await head('main'), side: true });
    await end(change.scan_id, ['new <b>one</b>', 'new two']);
    await report(change.scan_id);
    expect(await checkOf(change.scan_id, change.commit)).toMatchObject({ status: 'in_progress' });
    await end(base.scan_id, ['old one']);
    const waiting = await stages.database.admin(
      `select count(*)::int as n from app.job where kind = 'forge.report' and state = 'pending' and payload ->> 'scanId' = $1`,
      [change.scan_id],
    );
    expect(Number(waiting[0]?.['n'])).toBeGreaterThan(0);
    await report(change.scan_id);
    const check = await checkOf(change.scan_id, change.commit);
    expect(check).toMatchObject({ conclusion: 'failure', output: { title: '2 introduced findings' } });
    expect(check?.output.summary).toContain('| fixed | 0 | 1 | 0 | 0 | 0 |');
  });

  it('that_was_not_covered_is_never_green', async () => {
    await told('pull_request', { repository: await repositoryId(), action: 'synchronize', pull });
    const { scan_id: scanId, commit } = await newest('pull_request');
    await end(scanId, ['old one'], 'incomplete');
    await report(scanId);
    expect(await checkOf(scanId, commit)).toMatchObject({
      conclusion: 'neutral',
      output: { title: 'No new findings; not all was covered' },
    });
  });

  it('cannot_soften_what_judges_it_and_an_ignore_of_the_branch_holds_until_its_day_is_over', async () => {
    const ignore = 'ignore:\n  - rule: js/sql-injection\n    reason: known and contained\n    until: "2031-01-31"\n';
    await put('.aegis.yml', ignore, 'change');
    await told('pull_request', { repository: await repositoryId(), action: 'synchronize', pull });
    const own = await newest('pull_request');
    await end(own.scan_id, ['new two']);
    await report(own.scan_id);
    expect(await checkOf(own.scan_id, own.commit)).toMatchObject({ conclusion: 'failure' });
    await stages.database.admin('update app.change set scope = $1, reported_state = null, annotated = 0 where scan_id = $2', [
      JSON.stringify({ exclude: [], ignore: [{ rule: 'js/sql-injection', reason: 'known', until: '2031-01-31' }] }),
      own.scan_id,
    ]);
    nowMs = Date.parse('2031-01-31T23:00:00Z');
    await report(own.scan_id);
    expect(await checkOf(own.scan_id, own.commit)).toMatchObject({ conclusion: 'success' });
    nowMs = Date.now();
  });

  it('that_is_closed_stops_its_scans', async () => {
    await told('pull_request', { repository: await repositoryId(), action: 'synchronize', pull });
    await told('pull_request', { repository: await repositoryId(), action: 'closed', pull });
    expect((await newest('pull_request')).state).toBe('cancelled');
  });

  it('is_scanned_again_when_its_check_is_asked_for_again', async () => {
    const before = (await changes()).length;
    await told('check_run', { repository: await repositoryId(), action: 'rerequested', headSha: (await newest('pull_request')).commit });
    expect((await changes()).length).toBeGreaterThan(before);
    expect((await newest('pull_request')).state).toBe('queued');
  });
});

describe('what was lost on the way', () => {
  it('is_asked_for_again_once_and_what_was_taken_or_arrived_later_is_not', async () => {
    const delivery = (id: number, guid: string, status: number) => ({
      id,
      guid,
      delivered_at: new Date(nowMs - 60_000).toISOString(),
      redelivery: false,
      duration: 0.1,
      status: 'x',
      status_code: status,
      event: 'push',
      action: null,
      installation_id: peerInstallation,
      repository_id: null,
    });
    const [taken] = await stages.database.admin('select guid from app.forge_delivery where tenant_id = $1 limit 1', [tenantId]);
    peer.state.deliveries.push(
      delivery(1, 'lost', 0),
      delivery(2, 'lost', 503),
      delivery(3, String(taken?.['guid']), 500),
      delivery(4, 'late', 502),
      delivery(5, 'late', 202),
    );
    await reconcileDeliveries(deps, await hold('forge.reconcile', { tenantId, forgeAppId: appId }));
    expect(peer.state.redelivered).toHaveLength(1);
    expect([1, 2]).toContain(peer.state.redelivered[0]);
    const next = await stages.database.admin(
      `select not_before > now() as later from app.job where kind = 'forge.reconcile' and state = 'pending'`,
    );
    expect(next).toEqual([{ later: true }]);
  });
});

describe('an installation that ends', () => {
  it('stops_what_is_under_way_and_nothing_more_is_scanned', async () => {
    expect((await changes()).some(({ state }) => state === 'queued')).toBe(true);
    peer.spoil(({ path }) => path === `/app/installations/${String(peerInstallation)}`, { status: 404 });
    await told('installation', { action: 'deleted' });
    expect((await changes()).some(({ state }) => state === 'queued' || state === 'running')).toBe(false);
    const before = (await changes()).length;
    await told('push', { repository: await repositoryId(), ref: 'refs/heads/main' });
    expect((await changes()).length).toBe(before);
  });

  it('leaves_no_token_that_still_opens_anything', () => {
    const used = new Set(peer.seen.flatMap(({ token }) => (token?.startsWith('ghs_') === true ? [token] : [])));
    expect(used.size).toBeGreaterThan(15);
    expect([...used].filter((token) => !peer.state.revoked.has(token))).toEqual([]);
  });
});
