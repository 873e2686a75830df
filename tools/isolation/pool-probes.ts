import { sql, type Connection, type Statement } from '@lib/platform/db';
import { bindProof } from '../../libs/guard/tenancy/bind-proof.ts';
import type { Probe } from './probe.ts';
import { contextOf, outcomeAs, outcomeBare, outcomeOf, tenantA, tenantB, type Attacker, type Target } from './session-target.ts';

type Borrowed = { readonly connection: Connection; readonly target: Target };
const said = (text: string): Statement => ({ name: '', text, values: [] });
const tell = (connection: Connection, text: string): Promise<string> => outcomeOf(connection.send(said(text)));
const rows = 'select tenant_id from app.repository';

/** How a loan can end, other than well. */
const endings: Readonly<Record<string, (borrowed: Borrowed) => Promise<unknown>>> = {
  commit: ({ connection }) => tell(connection, 'commit'),
  rollback: ({ connection }) => tell(connection, 'rollback'),
  'an-error': ({ connection }) => tell(connection, 'select 1 / 0'),
  'no-end-of-its-transaction': ({ connection }) => tell(connection, rows),
  'a-time-out': async ({ connection }) => {
    await tell(connection, `set local statement_timeout = '5ms'`);
    await tell(connection, 'select pg_sleep(5)');
  },
  'a-cancel': (borrowed) => sabotaged(borrowed, 'pg_cancel_backend'),
  'a-kill': (borrowed) => sabotaged(borrowed, 'pg_terminate_backend'),
};

/** What a borrower can leave in a session, and how the next one would find it: `nothing` is what must come of that. */
const leftovers: Readonly<Record<string, { readonly leave: string; readonly find: string; readonly nothing: readonly string[] }>> = {
  'temporary-table': { leave: `create temp table left_over as ${rows}`, find: 'select * from left_over', nothing: ['42P01'] },
  'held-cursor': { leave: `declare left_over cursor with hold for ${rows}`, find: 'fetch 5 from left_over', nothing: ['34000'] },
  'advisory-lock': { leave: 'select pg_advisory_lock(7)', find: 'select pg_advisory_unlock(7)', nothing: ['42501'] },
  listening: { leave: 'listen left_over', find: 'select * from pg_listening_channels()', nothing: ['0 rows'] },
  'last-value': { leave: `select nextval('left_over')`, find: 'select lastval()', nothing: ['55000', '42501'] },
  'prepared-statement': { leave: `prepare left_over as ${rows}`, find: 'execute left_over', nothing: ['26000'] },
  setting: { leave: `set app.left_over = 'x'`, find: `select 1 where current_setting('app.left_over', true) <> ''`, nothing: ['0 rows'] },
};

/** A pool of connections that tenants follow each other on. */
export const poolProbes: readonly Probe<Target>[] = [
  ...Object.entries(endings).map(([name, end]): Probe<Target> => ({
    id: `P25.${name}`,
    what: `after ${name.replaceAll('-', ' ')} the next borrower sees nothing`,
    attack: (target) => nextBorrower(target, end),
  })),
  { id: 'P27.nested', what: 'a tenant is not entered within another', attack: nested },
  { id: 'P27.late', what: 'a transaction that is over answers nothing more', attack: late },
  { id: 'P27.swallowed', what: 'a failure that is swallowed cannot be committed around', attack: swallowed },
  ...Object.entries(leftovers).map(([name, { leave, find, nothing }]): Probe<Target> => ({
    id: `P30.${name}`,
    what: `nothing outlives its loan: ${leave}`,
    attack: (target) => leftOver(target, { leave, find, nothing }),
  })),
  { id: 'P31', what: 'a parallel worker shows the same rows', attack: parallel },
  { id: 'P37.committed', what: 'a unique value that another tenant holds is free', attack: heldValue },
  { id: 'P37.in-flight', what: 'nobody waits for a value that another tenant is about to hold', attack: valueInFlight },
  { id: 'P39', what: 'no view of the server shows what the neighbours do', attack: neighbours },
];

async function nextBorrower(target: Target, end: (borrowed: Borrowed) => Promise<unknown>): Promise<readonly string[]> {
  const attacker = target.pools.aegis_api;
  await inTransaction(attacker, (connection) => end({ connection, target })).catch(() => undefined); // a loan that was killed ends so
  const next = await outcomeBare(attacker, rows).catch(() => 'a connection that is of no use');
  return next === '0 rows' ? [] : [next];
}

/** A loan in which a transaction of tenant A was begun. */
async function inTransaction<T>(attacker: Attacker, work: (connection: Connection) => Promise<T>): Promise<T> {
  const pass = await attacker.pass(tenantA).proofFor(attacker.database.role);
  return attacker.doors.lend(async (connection) => {
    await connection.send(said('begin'));
    await connection.send(attacker.doors.enter(bindProof(pass, connection.backend)));
    return work(connection);
  });
}

async function sabotaged({ connection, target }: Borrowed, by: 'pg_cancel_backend' | 'pg_terminate_backend'): Promise<void> {
  const busy = tell(connection, 'select pg_sleep(30)');
  const state = { over: false };
  busy.finally(() => (state.over = true)).catch(() => undefined);
  // the backend may not have begun to sleep yet
  while (!state.over)
    await target.admin(`select ${by}(pid) from pg_stat_activity where pid = $1 and state = 'active'`, [connection.backend]);
  await busy;
}

async function nested({ pools }: Target): Promise<readonly string[]> {
  const { doors } = pools.aegis_api;
  const visit = (tenant: string, work: () => Promise<string>) =>
    doors.tenancy.withTenant(contextOf(pools.aegis_api, tenant), 'probe', work);
  const got = await visit(tenantA, () => visit(tenantB, () => Promise.resolve('entered'))).catch(() => 'refused');
  return got === 'refused' ? [] : [got];
}

async function late({ pools }: Target): Promise<readonly string[]> {
  const { tenancy } = pools.aegis_api.doors;
  const tx = await tenancy.withTenant(contextOf(pools.aegis_api, tenantA), 'probe', (given) => Promise.resolve(given));
  const got = await outcomeOf(tx.query(sql('probe.late')`select 1 as x`)).catch(() => 'refused');
  return got === 'refused' ? [] : [got];
}

async function swallowed({ pools }: Target): Promise<readonly string[]> {
  const { tenancy } = pools.aegis_api.doors;
  const got = await tenancy
    .withTenant(contextOf(pools.aegis_api, tenantA), 'probe', async (tx) => {
      await tx.query(sql('probe.fail')`select 1 / 0`).catch(() => undefined);
      return 'committed';
    })
    .catch(() => 'refused');
  return got === 'refused' ? [] : [got];
}

type Leftover = (typeof leftovers)[string];

async function leftOver({ pools }: Target, { leave, find, nothing }: Leftover): Promise<readonly string[]> {
  const attacker = pools.aegis_api;
  await inTransaction(attacker, async (connection) => {
    const left = await tell(connection, leave);
    await tell(connection, left.endsWith(' rows') ? 'commit' : 'rollback');
  });
  const found = await attacker.doors.lend((connection) => tell(connection, find));
  return nothing.includes(found) ? [] : [found];
}

async function parallel({ pools }: Target): Promise<readonly string[]> {
  const found: string[] = [];
  for (const role of ['aegis_api', 'aegis_worker'] as const) {
    const got = await inTransaction(pools[role], async (connection) => {
      await tell(connection, 'set local debug_parallel_query = on');
      const plan = await connection.send(said(`explain ${rows} where name <> 'none'`));
      if (!JSON.stringify(plan.rows).includes('Gather')) found.push('control: no worker takes part');
      const read = await tell(connection, `${rows} where name <> 'none'`);
      const foreign = await tell(connection, `${rows} where tenant_id <> '${tenantA}'`);
      await tell(connection, 'rollback');
      return [read, foreign];
    });
    if (got.join() !== '50 rows,0 rows') found.push(`${role}: ${got.join()}`);
  }
  return found;
}

const jobWithId = (tenant: string, id: string): string =>
  `insert into app.job (tenant_id, id, kind, payload) values ('${tenant}', '${id}', 'ingest.seal', '{}')`;
const inFlight = 'cccccccc-0000-4000-8000-00000000003c';

async function heldValue({ pools, planted }: Target): Promise<readonly string[]> {
  const found: string[] = [];
  for (const text of [
    jobWithId(tenantA, planted.repositoryOfB),
    `insert into app.repository (tenant_id, id, name, source) values ('${tenantA}', '${planted.repositoryOfB}', 'TOPSECRET60', '{}')`,
  ]) {
    const got = await outcomeAs(pools.aegis_api, tenantA, text);
    if (got !== '1 rows') found.push(got);
  }
  return found;
}

/** Waiting at all is what gives the other tenant away: the server is told to refuse instead, so that no clock decides. */
async function valueInFlight({ pools }: Target): Promise<readonly string[]> {
  const pass = await pools.aegis_worker.pass(tenantB).proofFor('aegis_worker');
  return pools.aegis_worker.doors.lend(async (theirs) => {
    await theirs.send(said('begin'));
    await theirs.send(pools.aegis_worker.doors.enter(bindProof(pass, theirs.backend)));
    const held = await tell(theirs, jobWithId(tenantB, inFlight));
    const got = await inTransaction(pools.aegis_api, async (connection) => {
      await tell(connection, `set local lock_timeout = '1ms'`);
      const outcome = await tell(connection, jobWithId(tenantA, inFlight));
      await tell(connection, 'rollback');
      return outcome;
    });
    await tell(theirs, 'rollback');
    return [...(held === '1 rows' ? [] : [`control: ${held}`]), ...(got === '1 rows' ? [] : [got])];
  });
}

const views =
  'pg_stat_activity pg_stat_database pg_stat_statements pg_stat_user_tables pg_stat_user_indexes pg_statio_user_tables pg_stats pg_stats_ext pg_stats_ext_exprs pg_statistic pg_locks pg_prepared_xacts pg_cursors pg_stat_replication pg_stat_ssl pg_stat_progress_vacuum'.split(
    ' ',
  );

async function neighbours({ pools }: Target): Promise<readonly string[]> {
  const found: string[] = [];
  for (const role of ['aegis_api', 'aegis_worker', 'aegis_audit'] as const) {
    for (const view of views) {
      const got = await outcomeBare(pools[role], `select * from ${view}`);
      if (got !== '42501' && got !== '42P01') found.push(`${role}: ${view}: ${got}`);
    }
  }
  return found;
}
