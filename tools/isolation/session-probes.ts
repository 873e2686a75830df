import { sql } from '@lib/platform/db';
import type { Probe } from './probe.ts';
import { bindProof } from '../../libs/guard/tenancy/bind-proof.ts';
import {
  contextOf,
  outcomeAs,
  outcomeBare,
  outcomeOf,
  roles,
  rowsAs,
  tenantA,
  tenantB,
  type Attacker,
  type Target,
} from './session-target.ts';

/** What changes who or what one is, looks at the neighbours, or makes a pass. */
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
  'select * from identity.proof_key',
  `select identity.mint_pass('${tenantB}', 'aegis_api')`,
  `select identity.proof_mac('x', 'y')`,
  `select identity.enter_tenant('${tenantB}')`,
  'select identity.rotate_proof_key()',
  `select identity.find_credential(sha256('x'))`,
  `select identity.spend_code(sha256('x'))`,
  `select ops.ready_turns('job', 10)`,
  `select ops.ring_turns('job', '00000000-0000-0000-0000-000000000000', 10)`,
  `select ops.open_job('${tenantB}', '${tenantB}', 0, 'x.y')`,
  `select ops.scan_is_over('${tenantB}', '${tenantB}')`,
  'select * from ops.ready_tenant',
  'select * from ops.migration',
  'select ops.adopt()',
  `select app.protect('app.finding')`,
];

/** Attacks by a hostile tenant with arbitrary SQL on a database with rows of two tenants. */
export const sessionProbes: readonly Probe<Target>[] = [
  { id: 'P23', what: 'without a tenant no table gives, changes or takes a row', attack: withoutTenant },
  { id: 'P23b', what: 'as one tenant no table gives a row of another', attack: readEverything },
  { id: 'P24', what: 'nothing is left after the commit', attack: afterCommit },
  { id: 'P28', what: 'a generic plan made for one tenant serves another its own rows', attack: genericPlan },
  { id: 'P32', what: 'row-level security cannot be turned off', attack: turnOff },
  ...commands.map((text, index): Probe<Target> => ({
    id: `P32.${String(index + 1)}`,
    what: `no role may run: ${text}`,
    attack: (target) => escalate(target, text),
  })),
  { id: 'P34', what: 'no way of writing reaches another tenant', attack: writeForeign },
  { id: 'P35', what: 'a row cannot be given to another tenant', attack: giveAway },
  { id: 'P36', what: 'a foreign parent and an absent one answer alike', attack: parentOracle },
  { id: 'P18', what: 'what a server below the floor gets wrong is out of reach', attack: belowTheFloor },
  { id: 'P38', what: 'no error text shows a value of another tenant', attack: errorOracle },
  { id: 'P48.claim', what: 'an installation that another tenant holds is not claimed', attack: claimTwice },
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
  const setting = await outcomeBare(pools.aegis_api, `select 1 where current_setting('app.tenant_proof', true) <> ''`);
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

async function escalate({ pools }: Target, text: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const role of roles) {
    const got = await outcomeAs(pools[role], tenantA, text);
    if (got !== '42501') found.push(`${role}: ${got}`);
  }
  return found;
}

async function turnOff({ pools }: Target): Promise<readonly string[]> {
  const off = await pools.aegis_api.doors.tenancy
    .withTenant(contextOf(pools.aegis_api, tenantA), 'probe', async (tx) => {
      await tx.query(sql('probe.off')`set local row_security = off`);
      return outcomeOf(tx.query(sql('probe.read')`select 1 from app.repository`));
    })
    .catch(() => '42501');
  return off === '42501' ? [] : [off];
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

/** CVE-2026-120154 needs a unique index that spans tenants; CVE-2026-116311 a policy for a role by name; CVE-2026-14666: P29. */
async function belowTheFloor({ pools, planted }: Target): Promise<readonly string[]> {
  const spanning = await outcomeAs(
    pools.aegis_api,
    tenantA,
    `insert into app.job as j (tenant_id, id, kind, payload) values ('${tenantA}', '${planted.repositoryOfB}', 'ingest.seal', '{}')
     on conflict (id) do update set state = 'dead' where j.kind::integer = 1`,
  );
  const disowned = await afterDisowning(pools.aegis_api);
  return [
    ...(spanning === '42P10' ? [] : [`a unique index spans tenants: ${spanning}`]),
    ...(['0 rows', '42501'].includes(disowned) ? [] : [`after dropping what it owns: ${disowned}`]),
  ];
}

async function afterDisowning({ doors, pass, database }: Attacker): Promise<string> {
  const proof = await pass(tenantA).proofFor(database.role);
  return doors.lend(async (connection) => {
    for (const text of ['begin', 'drop owned by current_user']) await connection.send({ name: '', text, values: [] });
    await connection.send(doors.enter(bindProof(proof, connection.backend)));
    const text = `select tenant_id from app.repository where tenant_id <> '${tenantA}'`;
    const outcome = await outcomeOf(connection.send({ name: '', text, values: [] }));
    await connection.send({ name: '', text: 'rollback', values: [] });
    return outcome;
  });
}

/** The first tenant keeps it, also against one who comes later with the right key of another App. */
async function claimTwice({ pools, admin }: Target): Promise<readonly string[]> {
  const claim = sql('probe.claim')`select ops.claim_installation('http://probe.test', 7) as ours`;
  const [first] = await rowsAs(pools.aegis_api, tenantB, claim);
  const [second] = await rowsAs(pools.aegis_api, tenantA, claim);
  await admin(`delete from identity.forge_claim where api_url = 'http://probe.test'`);
  return [...(first?.['ours'] === true ? [] : ['control: not even the first']), ...(second?.['ours'] === false ? [] : ['claimed twice'])];
}

/** The probe that tries a command. */
export function commandId(text: string): string {
  return `P32.${String(commands.indexOf(text) + 1)}`;
}
