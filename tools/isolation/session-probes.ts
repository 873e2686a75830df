import { tenantIdSchema } from '@lib/contract';
import { closeDatabase, lendConnection, openDatabase, sql, StatementFault, type Database, type Statement } from '@lib/platform/db';
import { openTenancy, type Row, type TenantContext } from '@lib/guard/tenancy';
import type { TestDatabase } from '../testing/database.ts';

/** An attack by a hostile tenant on a database with rows of two tenants. It answers what it got that it should not have. */
export type SessionProbe = { readonly id: string; readonly what: string; readonly attack: (target: Target) => Promise<readonly string[]> };

/** The pools of the roles that reach tenant tables, and the tables there are. */
export type Target = {
  readonly pools: Readonly<Record<'aegis_api' | 'aegis_worker' | 'aegis_audit', Database>>;
  readonly tables: readonly string[];
  readonly planted: Planted;
};
type Planted = { readonly repositoryOfA: string; readonly repositoryOfB: string };

const tenantA = 'aaaaaaaa-0000-4000-8000-000000000001';
const tenantB = 'bbbbbbbb-0000-4000-8000-000000000002';
const roles = ['aegis_api', 'aegis_worker', 'aegis_audit'] as const;
const secret = 'TOPSECRET';

/** Opens pools on a test database and plants rows of both tenants in it. */
export async function openTarget(database: TestDatabase): Promise<{ readonly target: Target; readonly close: () => Promise<void> }> {
  const planted = { repositoryOfA: 'aaaaaaaa-0000-4000-8000-00000000000a', repositoryOfB: 'bbbbbbbb-0000-4000-8000-00000000000b' };
  for (const [tenant, repository, count] of [
    [tenantA, planted.repositoryOfA, 50],
    [tenantB, planted.repositoryOfB, 500],
  ] as const) {
    await database.admin('insert into app.tenant (tenant_id, name) values ($1, $2)', [tenant, secret]);
    await database.admin(`insert into app.repository (tenant_id, id, name, source) values ($1, $2, 'first', '{"n": "TOPSECRET"}')`, [
      tenant,
      repository,
    ]);
    await database.admin(
      `insert into app.repository (tenant_id, id, name, source) select $1, gen_random_uuid(), $2 || n, '{}' from generate_series(2, $3::integer) n`,
      [tenant, secret, count],
    );
    await database.admin(`insert into app.scan (tenant_id, id, repository_id, requested_by) values ($1, $2, $2, $3)`, [
      tenant,
      repository,
      secret,
    ]);
    await database.admin(`insert into app.job (tenant_id, id, kind, payload) values ($1, $2, 'ingest.seal', '{}')`, [tenant, repository]);
    await database.admin(`insert into app.audit_outbox (tenant_id, id, entry) values ($1, $2, 'TOPSECRET')`, [tenant, repository]);
    await database.admin(`insert into app.audit_leaf (tenant_id, idx, hash, entry) values ($1, 0, sha256('x'), 'TOPSECRET')`, [tenant]);
  }
  await database.admin('analyze');
  const rows = await database.admin(
    `select c.oid::regclass::text as name from pg_class c where c.relkind = 'r' and c.relnamespace = 'app'::regnamespace order by 1`,
  );
  const open = (role: (typeof roles)[number]) =>
    openDatabase({ url: database.urls[role], poolMax: 1, applicationName: 'probe', statementMs: 5000 });
  const pools = { aegis_api: open('aegis_api'), aegis_worker: open('aegis_worker'), aegis_audit: open('aegis_audit') };
  return {
    target: { pools, tables: rows.map((row) => String(row['name'])), planted },
    close: async () => {
      for (const role of roles) await closeDatabase(pools[role]);
    },
  };
}

export const sessionProbes: readonly SessionProbe[] = [
  { id: 'P23', what: 'without a tenant no table gives, changes or takes a row', attack: withoutTenant },
  { id: 'P23b', what: 'as one tenant no table gives a row of another', attack: readEverything },
  { id: 'P24', what: 'nothing is left after the commit', attack: afterCommit },
  { id: 'P28', what: 'a generic plan made for one tenant serves another its own rows', attack: genericPlan },
  { id: 'P32', what: 'no command changes who or what one is', attack: escalate },
  { id: 'P34', what: 'no way of writing reaches another tenant', attack: writeForeign },
  { id: 'P35', what: 'a row cannot be given to another tenant', attack: giveAway },
  { id: 'P36', what: 'a foreign parent and an absent one answer alike', attack: parentOracle },
  { id: 'P38', what: 'no error text shows a value of another tenant', attack: errorOracle },
];

async function withoutTenant({ pools, tables }: Target): Promise<readonly string[]> {
  const found: string[] = [];
  for (const role of roles) {
    for (const table of tables) {
      for (const text of [
        `select 1 from ${table} limit 1`,
        `update ${table} set tenant_id = tenant_id`,
        `delete from ${table}`,
        `insert into ${table} (tenant_id) values ('${tenantA}')`,
      ]) {
        const got = await outcomeBare(pools[role], text);
        if (got !== '0 rows' && got !== '42501') found.push(`${role}: ${text}: ${got}`);
      }
    }
  }
  return found;
}

async function readEverything({ pools, tables }: Target): Promise<readonly string[]> {
  const found: string[] = [];
  for (const role of roles) {
    for (const table of tables) {
      const got = await outcomeAs(pools[role], tenantA, `select tenant_id from ${table} where tenant_id <> '${tenantA}' limit 1`);
      if (got !== '0 rows' && got !== '42501') found.push(`${role}: ${table}: ${got}`);
    }
  }
  return found;
}

async function afterCommit({ pools }: Target): Promise<readonly string[]> {
  const opened = await outcomeAs(pools.aegis_api, tenantA, 'select 1 from app.repository');
  const left = await outcomeBare(pools.aegis_api, `select 1 from app.repository`);
  const setting = await outcomeBare(pools.aegis_api, `select 1 where current_setting('app.tenant_id', true) <> ''`);
  return [opened === '50 rows' ? '' : `control: ${opened}`, left === '0 rows' ? '' : left, setting === '0 rows' ? '' : 'setting'].filter(
    (line) => line !== '',
  );
}

async function genericPlan({ pools }: Target): Promise<readonly string[]> {
  const statement = sql('probe.generic')`select tenant_id from app.repository where name <> ${'none'}`;
  for (let round = 0; round < 8; round += 1) await rowsAs(pools.aegis_api, tenantA, statement);
  const rows = await rowsAs(pools.aegis_api, tenantB, statement);
  return rows.length === 500 && rows.every((row) => row['tenant_id'] === tenantB) ? [] : [`${rows.length} rows`];
}

const commands = [
  'create temp table t (x integer)',
  'create table public.t (x integer)',
  'create table app.t (x integer)',
  `create function app.f() returns integer language sql as 'select 1'`,
  'do $$ begin end $$',
  'set role aegis_owner',
  'set role aegis_keeper',
  'set session authorization aegis_owner',
  'alter table app.finding disable row level security',
  'drop policy floor on app.finding',
  'create policy p on app.finding using (true)',
  `copy (select 1) to program 'id'`,
  `select pg_read_file('PG_VERSION')`,
  'truncate app.finding',
  `select lo_from_bytea(0, 'x')`,
  'select pg_advisory_lock(1)',
  'select pg_terminate_backend(1)',
  `select pg_notify('c', 'x')`,
  'select * from pg_stat_activity',
  'select * from pg_locks',
  'select * from pg_prepared_xacts',
  'select * from pg_stat_user_tables',
  'select * from pg_stats',
  'select * from pg_authid',
  'alter role aegis_api bypassrls',
  'select * from identity.credential',
  'select * from ops.ready_tenant',
  'select * from ops.migration',
  'select ops.adopt()',
  `select app.protect('app.finding')`,
];

async function escalate({ pools }: Target): Promise<readonly string[]> {
  const found: string[] = [];
  for (const role of roles) {
    for (const text of commands) {
      const got = await outcomeAs(pools[role], tenantA, text);
      if (got !== '42501') found.push(`${role}: ${text}: ${got}`);
    }
  }
  const off = await openTenancy(pools.aegis_api)
    .withTenant(contextOf(tenantA), 'probe', async (tx) => {
      await tx.query(sql('probe.off')`set local row_security = off`);
      return outcomeOf(tx.query(sql('probe.read')`select 1 from app.repository`));
    })
    .catch(() => '42501');
  return off === '42501' ? found : [...found, `row_security = off: ${off}`];
}

async function writeForeign({ pools, planted }: Target): Promise<readonly string[]> {
  const expected: readonly (readonly [text: string, expected: readonly string[]])[] = [
    [`insert into app.repository (tenant_id, id, name, source) values ('${tenantB}', gen_random_uuid(), 'x', '{}')`, ['42501']],
    [
      `insert into app.repository (tenant_id, id, name, source) values ('${tenantB}', '${planted.repositoryOfB}', 'x', '{}') on conflict do nothing`,
      ['42501'],
    ],
    [
      `insert into app.job (tenant_id, id, kind, payload) values ('${tenantB}', '${planted.repositoryOfB}', 'ingest.seal', '{}') on conflict (tenant_id, id) do update set state = 'dead'`,
      ['42501'],
    ],
    [
      `merge into app.job j using (select '${planted.repositoryOfB}'::uuid as id) x on j.id = x.id when matched then update set state = 'dead' when not matched then do nothing`,
      ['0 rows'],
    ],
    [`update app.job set state = 'dead' where tenant_id = '${tenantB}'`, ['0 rows']],
    [`copy app.repository from stdin`, ['0A000']],
  ];
  const found: string[] = [];
  for (const [text, allowed] of expected) {
    const got = await outcomeAs(pools.aegis_api, tenantA, text);
    if (!allowed.includes(got)) found.push(`${text}: ${got}`);
  }
  return found;
}

async function giveAway({ pools }: Target): Promise<readonly string[]> {
  const got = await outcomeAs(pools.aegis_api, tenantA, `update app.job set tenant_id = '${tenantB}'`);
  return got === '42501' ? [] : [got];
}

async function parentOracle({ pools, planted }: Target): Promise<readonly string[]> {
  const scanOf = (repository: string): string =>
    `insert into app.scan (tenant_id, id, repository_id, requested_by) values ('${tenantA}', gen_random_uuid(), '${repository}', 'x')`;
  const foreign = await outcomeAs(pools.aegis_api, tenantA, scanOf(planted.repositoryOfB));
  const absent = await outcomeAs(pools.aegis_api, tenantA, scanOf('cccccccc-0000-4000-8000-000000000003'));
  return foreign === absent && absent === '23503' ? [] : [`foreign ${foreign}, absent ${absent}`];
}

async function errorOracle({ pools, planted }: Target): Promise<readonly string[]> {
  const casts = await outcomeAs(
    pools.aegis_api,
    tenantA,
    `select 1 from app.repository where name like 'TOP%' and tenant_id = '${tenantB}' and name::integer = 1`,
  );
  // CVE-2026-120154: the condition of an ON CONFLICT must not be evaluated on a row of another tenant
  const conflict = await outcomeAs(
    pools.aegis_api,
    tenantA,
    `insert into app.job as j (tenant_id, id, kind, payload) values ('${tenantA}', '${planted.repositoryOfB}', 'ingest.seal', '{}')
     on conflict (tenant_id, id) do update set state = 'dead' where j.kind::integer = 1`,
  );
  return [casts === '0 rows' ? '' : `cast: ${casts}`, conflict === '1 rows' ? '' : `conflict: ${conflict}`].filter((line) => line !== '');
}

function contextOf(tenantId: string): TenantContext {
  return { tenantId: tenantIdSchema.parse(tenantId), actor: { type: 'system', id: 'probe' } };
}

function rowsAs(pool: Database, tenant: string, statement: Statement): Promise<readonly Row[]> {
  return openTenancy(pool).withTenantOnce(contextOf(tenant), 'probe', (tx) => tx.query(statement));
}

/** `N rows` (read, or written), else the SQLSTATE. A transaction is rolled back, so that one attack does not feed the next. */
async function outcomeAs(pool: Database, tenant: string, text: string): Promise<string> {
  return outcomeIn(pool, [{ name: '', text: `select set_config('app.tenant_id', '${tenant}', true)`, values: [] }], text);
}

function outcomeBare(pool: Database, text: string): Promise<string> {
  return outcomeIn(pool, [], text);
}

async function outcomeIn(pool: Database, before: readonly Statement[], text: string): Promise<string> {
  return lendConnection(pool, async (connection) => {
    await connection.send({ name: '', text: 'begin', values: [] });
    for (const statement of before) await connection.send(statement);
    const outcome = await outcomeOf(connection.send({ name: '', text, values: [] }));
    await connection.send({ name: '', text: 'rollback', values: [] });
    return outcome;
  });
}

async function outcomeOf(answer: Promise<{ readonly rowCount: number } | readonly Row[]>): Promise<string> {
  try {
    const got = await answer;
    return `${'rowCount' in got ? got.rowCount : got.length} rows`;
  } catch (error) {
    if (error instanceof StatementFault) return error.sqlState;
    throw error;
  }
}
