import { tenantIdSchema, type TenantId } from '@lib/contract';
import { openTenancy, type Tenancy, type TenantContext } from '@lib/guard/tenancy';
import { closeDatabase, openDatabase, sql, StatementFault, withAdmin, type Row } from '@lib/platform/db';
import { startPooler } from '../testing/pooler.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import type { Outcome } from './probe.ts';

const tenantCount = 100;
const poolMax = 8;
const writersAtOnce = 48;
const sabotageMs = 15; // between two cancels or kills

/** What a storm of statements came back with. */
export type StormTally = { right: number; foreign: number; empty: number; refused: number; unexplained: string[] };

/**
 * States that the storm itself brings about: errors, time-outs, cancels, kills, connections that are gone, and what follows in a
 * transaction (25P02) or on a connection (26000) whose first statement was cancelled before the one that is told of it; 08P01 is how a
 * pooler tells that the server's side of a connection is gone.
 */
const brought: ReadonlySet<string> = new Set(['22012', '57014', '57P01', '', '25P02', '26000', '08P01']);

/** `pooler`: the program of pgbouncer, to go through it in transaction mode; `change`: a wall to take away first. */
export type StormOptions = { readonly pooler?: string | undefined; readonly change?: string };

/**
 * Runs statements of mixed tenants through both doors over a small pool; one in twenty fails or times out, and backends are cancelled
 * and killed under it. The same numbers make the same choices, so a failure can be run again.
 */
export async function runStorm(statements: number, { pooler, change }: StormOptions = {}): Promise<readonly Outcome[]> {
  const database = await testDatabase();
  try {
    const tenants = await plant(database);
    if (change !== undefined) await withAdmin(database, (admin) => admin.run('mutant', change));
    const shared = pooler === undefined ? undefined : await startPooler(pooler, database);
    const url = shared?.url ?? database.urls.aegis_api;
    const pool = openDatabase({ url, poolMax, applicationName: 'storm', pooled: shared !== undefined });
    const saboteur = sabotage(database);
    const tally: StormTally = { right: 0, foreign: 0, empty: 0, refused: 0, unexplained: [] };
    try {
      const tenancy = openTenancy(pool);
      let next = 0;
      const work = async (): Promise<void> => {
        for (let index = next++; index < statements; index = next++) await one(tenancy, tenants, { index, tally });
      };
      await Promise.all(Array.from({ length: writersAtOnce }, work));
    } finally {
      await saboteur.stop();
      await closeDatabase(pool);
      await shared?.stop();
    }
    return [judge(statements, tally, { hits: saboteur.count(), through: pooler === undefined ? '' : ' through pgbouncer' })];
  } finally {
    await database.drop();
  }
}

type Turn = { readonly index: number; readonly tally: StormTally };

async function one(tenancy: Tenancy, tenants: readonly TenantContext[], { index, tally }: Turn): Promise<void> {
  const context = tenants[Math.floor(fraction(index) * tenants.length)];
  if (context === undefined) return;
  try {
    const rows = await ask(tenancy, context, index);
    if (rows.length === 0) tally.empty += 1;
    else if (rows.every((row) => row['tenant_id'] === context.tenantId)) tally.right += 1;
    else tally.foreign += 1;
  } catch (error) {
    if (error instanceof StatementFault && brought.has(error.sqlState)) tally.refused += 1;
    else if (error instanceof Error && 'code' in error && error.code === 'db.rolled_back') tally.refused += 1;
    else tally.unexplained.push(error instanceof Error ? `${error.name}: ${error.message}` : 'not an error');
  }
}

function ask(tenancy: Tenancy, context: TenantContext, index: number): Promise<readonly Row[]> {
  const kind = index % 40;
  if (kind === 7) return tenancy.withTenantOnce(context, 'storm', (tx) => tx.query(failing));
  if (kind < 30) return tenancy.withTenantOnce(context, 'storm', (tx) => tx.query(read));
  return tenancy.withTenant(context, 'storm', async (tx) => {
    if (kind === 31) {
      await tx.query(sql('storm.limit')`set local statement_timeout = '2ms'`);
      await tx.query(sql('storm.sleep')`select pg_sleep(0.05)`);
    }
    const [first, second] = await Promise.all([tx.query(read), tx.query(read)]);
    return kind === 33 ? tx.query(failing) : [...first, ...second];
  });
}

const read = sql('storm.read')`select distinct tenant_id from app.repository`;
const failing = sql('storm.fail')`select tenant_id, 1 / (length(name) - length(name)) from app.repository`;

/** Spreads indexes over 0..1 without a generator that would have to be shared. */
function fraction(index: number): number {
  return (index * 0.618_033_988_749_894_9) % 1;
}

type Storm = { readonly hits: number; readonly through: string };

function judge(statements: number, tally: StormTally, { hits, through }: Storm): Outcome {
  const { right, foreign, empty, refused, unexplained } = tally;
  const sum = `${String(right)} answered with their own rows, ${String(refused)} refused, ${String(hits)} backends cancelled or killed`;
  const found = [
    ...(foreign === 0 ? [] : [`${String(foreign)} answers with rows of another tenant`]),
    ...(empty === 0 ? [] : [`${String(empty)} empty answers`]),
    ...(unexplained.length === 0
      ? []
      : [`${String(unexplained.length)} errors that the storm does not explain: ${[...new Set(unexplained)].slice(0, 3).join('; ')}`]),
    ...(right * 2 > statements || statements === 0 ? [] : ['most were refused: the storm shows nothing']),
  ];
  return {
    name: `${through === '' ? 'P33' : 'P26'} a storm of ${String(statements)} statements of ${String(tenantCount)} tenants over ${String(poolMax)} connections${through}: ${sum}`,
    found,
  };
}

async function plant(database: TestDatabase): Promise<readonly TenantContext[]> {
  await database.admin(
    `with t as (insert into app.tenant (tenant_id, name) select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'storm' from generate_series(1, $1::int) n returning tenant_id)
     insert into app.repository (tenant_id, id, name, source) select tenant_id, gen_random_uuid(), 'r' || n, '{}' from t, generate_series(1, 5) n`,
    [tenantCount],
  );
  await database.admin('analyze app.repository');
  return Array.from({ length: tenantCount }, (_, at): TenantContext => {
    const tenantId: TenantId = tenantIdSchema.parse(`00000000-0000-4000-8000-${String(at + 1).padStart(12, '0')}`);
    return { tenantId, actor: { type: 'system', id: 'storm' }, pass: database.pass(tenantId) };
  });
}

/** Cancels or kills one busy backend of the pool now and then, until stopped. */
function sabotage(database: TestDatabase): { readonly stop: () => Promise<void>; readonly count: () => number } {
  let hits = 0;
  let stopped = false;
  const loop = withAdmin(database, async (admin) => {
    for (let round = 0; !stopped; round += 1) {
      const act = round % 4 === 0 ? 'pg_terminate_backend(pid)' : 'pg_cancel_backend(pid)';
      const rows = await admin.rows(
        'sabotage',
        `select ${act} from pg_stat_activity where usename = 'aegis_api' and datname = current_database() and state <> 'idle' order by random() limit 1`,
      );
      hits += rows.length;
      await new Promise((resolve) => setTimeout(resolve, sabotageMs));
    }
  });
  return {
    stop: async () => {
      stopped = true;
      await loop;
    },
    count: () => hits,
  };
}
