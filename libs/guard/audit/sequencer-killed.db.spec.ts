import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemIds } from '@lib/platform/clock';
import type { TenantContext } from '@lib/guard/tenancy';
import { type TestAudit, someDraft, testAudit } from '../../../tools/testing/audit.ts';
import { spawnTypescript, type SpawnedSource } from '../../../tools/testing/spawn-typescript.ts';
import { recordAudit, verifyAuditLog } from './index.ts';

const kills = Number(process.env['AEGIS_KILLS'] ?? '4'); // 20 in the long form
const writers = 6;
const boundMs = 30_000 * (kills + 2);
let test: TestAudit;
const tenants: TenantContext[] = [];
beforeAll(async () => {
  test = await testAudit();
  for (let count = 0; count < 3; count += 1) tenants.push(await test.newTenant());
});
afterAll(() => test.close());

async function start(): Promise<SpawnedSource> {
  const { urls } = test.database;
  const spawned = await spawnTypescript('tools/testing/lone-sequencer.ts', [urls.aegis_audit, urls.aegis_dispatch, test.keysFolder]);
  if (spawned.child.stdout !== null) await once(spawned.child.stdout, 'data');
  return spawned;
}
async function kill({ child, remove }: SpawnedSource): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await Promise.all([gone, remove()]);
}
const countOf = async (table: 'audit_leaf' | 'audit_outbox'): Promise<number> => {
  const [row] = await test.database.admin(`select count(*)::int as n from app.${table}`);
  return Number(row?.['n']);
};
/** Until so many more events have their place than had: the state is what is waited for. */
async function untilPlaced(more: number): Promise<void> {
  const before = await countOf('audit_leaf');
  while ((await countOf('audit_leaf')) < before + more);
}

describe('a sequencer that is killed under load', () => {
  it(
    'loses_no_acknowledged_event_gives_none_two_places_leaves_no_gap_and_its_successor_goes_on',
    async () => {
      const acknowledged: string[] = [];
      let over = false;
      const load = Array.from({ length: writers }, async (_, at) => {
        for (const who = tenants[at % tenants.length]; !over && who !== undefined;) {
          const id = systemIds.uuid();
          await test.api.withTenant(who, 'test', (tx) => recordAudit(tx, someDraft, { ...test.deps, ids: { uuid: () => id } }));
          acknowledged.push(id);
        }
      });
      let sequencer = await start();
      for (let killed = 0; killed < kills; killed += 1) {
        await untilPlaced(1 + ((killed * 37) % 90)); // at another moment of its work each time
        await kill(sequencer);
        sequencer = await start();
      }
      over = true;
      await Promise.all(load);
      while ((await countOf('audit_outbox')) > 0);
      await kill(sequencer);
      const rows = await test.database.admin('select event_id from app.audit_leaf');
      expect(acknowledged.length).toBeGreaterThan(kills);
      expect(rows.map((row) => String(row['event_id'])).toSorted()).toEqual(acknowledged.toSorted());
      for (const who of tenants) {
        expect(await verifyAuditLog({ tenancy: test.api, keys: test.keys }, who)).toMatchObject({ ok: true });
      }
    },
    boundMs,
  );
});
