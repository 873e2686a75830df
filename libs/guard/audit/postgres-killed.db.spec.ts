import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits, tenantIdSchema } from '@lib/contract';
import { type TenantContext, openTenancy, operatorPass } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, loginRoles, migrate, openDatabase, type LoginRole, urlOf, withAdmin } from '@lib/platform/db';
import { startPostgres } from '@lib/platform/embedded-postgres';
import { type LocalKeyring, localKeyring } from '@lib/platform/kms';
import { openLog } from '@lib/platform/telemetry';
import { someDraft } from '../../../tools/testing/audit.ts';
import { recordAudit, startSequencer, verifyAuditLog } from './index.ts';

const longForm = process.env['AEGIS_KILLS'];
const kills = Number(longForm ?? '2'); // 20 in the long form
const writers = 6;
const restartMsMax = 5_000;

// as root, the server runs as another user, who must reach its folder
const folder = mkdtempSync(join(tmpdir(), 'killed-'));
chmodSync(folder, 0o755);
const [dataDirectory, keysFolder] = [join(folder, 'data'), join(folder, 'keys')];
const password = randomBytes(12).toString('hex');
const tenantIds = Array.from({ length: 3 }, () => tenantIdSchema.parse(randomUUID()));
const log = openLog({ service: 'test', destination: { write: () => true }, level: 'silent' });
const acknowledged: string[] = [];
let kms: LocalKeyring;

beforeAll(async () => {
  kms = await localKeyring({ folder: keysFolder });
  for (const tenantId of tenantIds) await kms.createTenantKey(tenantId);
  const server = await startPostgres({ dataDirectory });
  const passwords = Object.fromEntries(loginRoles.map((role) => [role, password]));
  await migrate({ adminUrl: server.adminUrl, directory: 'db/migrations', passwords });
  await withAdmin({ adminUrl: urlOf(server.adminUrl, 'aegis') }, async (admin) => {
    for (const id of tenantIds) await admin.rows('tenant', `insert into app.tenant (tenant_id, name) values ($1, 'test')`, [id]);
  });
  await server.stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything that speaks to one life of the server. */
async function open() {
  const startMs = performance.now();
  const server = await startPostgres({ dataDirectory });
  const adminUrl = urlOf(server.adminUrl, 'aegis');
  const pool = (role: LoginRole, poolMax: number) =>
    openDatabase({ url: adminUrl.replace(/\/\/[^@]+@/u, `//${role}:${password}@`), poolMax, applicationName: 'test' });
  const [api, audit, dispatch] = [pool('aegis_api', writers), pool('aegis_audit', limits.auditTurnsAtOnce), pool('aegis_dispatch', 1)];
  const tenancy = openTenancy(api);
  const contexts = tenantIds.map((tenantId): TenantContext => ({
    tenantId,
    actor: { type: 'token', id: 't' },
    pass: operatorPass(adminUrl, tenantId),
  }));
  const keys = { kms, host: 'audit.test.local' };
  const sequencer = startSequencer({ database: audit, dispatch, keys, log });
  const record = async (who: TenantContext): Promise<void> => {
    const id = systemIds.uuid();
    await tenancy.withTenant(who, 'test', (tx) => recordAudit(tx, someDraft, { clock: systemClock, ids: { uuid: () => id } }));
    acknowledged.push(id);
  };
  const [first] = contexts;
  if (first !== undefined) await record(first);
  return {
    restartMs: performance.now() - startMs,
    server,
    contexts,
    record,
    rows: (text: string) => withAdmin({ adminUrl }, (admin) => admin.rows('look', text)),
    verify: (who: TenantContext) => verifyAuditLog({ tenancy, keys }, who),
    close: async () => {
      await sequencer.stop();
      await Promise.all([closeDatabase(api), closeDatabase(audit), closeDatabase(dispatch)]);
      await server.stop();
    },
  };
}

/** Writers until the server is gone under them; it is killed once so many more events were acknowledged. */
async function killUnderLoad(life: Awaited<ReturnType<typeof open>>, after: number): Promise<void> {
  const enough = acknowledged.length + after;
  let killed = false;
  const isKilled = () => killed; // asked anew after each wait: any writer may have done it
  await Promise.all(
    Array.from({ length: writers }, async (_, at) => {
      for (const who = life.contexts[at % life.contexts.length]; who !== undefined && !isKilled();) {
        await life.record(who).catch((error: unknown) => {
          if (!isKilled()) throw error;
        });
        if (acknowledged.length < enough || isKilled()) continue;
        killed = true;
        process.kill(life.server.pid, 'SIGKILL');
      }
    }),
  );
}

describe('a database that is killed under load', () => {
  it(
    'has_lost_no_acknowledged_event_and_gives_each_one_place_without_a_gap',
    async () => {
      const restartsMs: number[] = [];
      for (let killed = 0; killed < kills; killed += 1) {
        const life = await open();
        restartsMs.push(life.restartMs);
        await killUnderLoad(life, 20 + ((killed * 37) % 90)); // at another moment each time
        await life.close();
      }
      const life = await open();
      restartsMs.push(life.restartMs);
      const waiting = async () => (await life.rows('select count(*)::int as n from app.audit_outbox'))[0]?.['n'];
      while ((await waiting()) !== 0);
      const placed = (await life.rows('select event_id from app.audit_leaf')).map((row) => String(row['event_id']));
      expect(new Set(placed).size).toBe(placed.length);
      expect(acknowledged.filter((id) => !placed.includes(id))).toEqual([]);
      for (const who of life.contexts) expect(await life.verify(who)).toMatchObject({ ok: true });
      await life.close();
      if (longForm !== undefined) expect(Math.max(...restartsMs)).toBeLessThanOrEqual(restartMsMax);
    },
    60_000 * (kills + 2),
  );
});
