import { tenantIdSchema } from '@lib/contract';
import { closeDatabase, openDatabase, StatementFault, type Database, type Statement } from '@lib/platform/db';
import type { Row, TenantContext } from '@lib/guard/tenancy';
import { bindProof } from '../../libs/guard/tenancy/bind-proof.ts';
import type { TestDatabase } from '../testing/database.ts';
import { openDoors, type Doors, type WeakDoors } from './doors.ts';

/** The pools of the roles that reach tenant tables, and the tables there are. */
export type Target = {
  readonly pools: Readonly<Record<(typeof roles)[number], Attacker>>;
  readonly tables: readonly string[];
  readonly planted: Planted;
  /** A pass as the database makes it. */
  readonly mint: (tenantId: string, role: string, until?: string) => Promise<string>;
  readonly admin: TestDatabase['admin'];
  readonly dispatch: Database;
  /** A pool of `aegis_staff`. */
  readonly staff: Database;
};
/** A log-in role in an attacker's hands, and the passes that its process would hold. */
export type Attacker = { readonly database: Database; readonly pass: TestDatabase['pass']; readonly doors: Doors };
type Planted = { readonly repositoryOfA: string; readonly repositoryOfB: string };

export const tenantA = tenantIdSchema.parse('aaaaaaaa-0000-4000-8000-000000000001');
export const tenantB = tenantIdSchema.parse('bbbbbbbb-0000-4000-8000-000000000002');
export const roles = ['aegis_api', 'aegis_worker', 'aegis_audit'] as const;
const secret = 'TOPSECRET';

/** Opens pools on a test database and plants rows of both tenants in it. `weak`: the API's role has doors that lack a wall. */
export async function openTarget(
  database: TestDatabase,
  weak?: WeakDoors,
): Promise<{ readonly target: Target; readonly close: () => Promise<void> }> {
  const planted = await plantBoth(database);
  const rows = await database.admin(
    `select c.oid::regclass::text as name from pg_class c where c.relkind = 'r' and c.relnamespace = 'app'::regnamespace order by 1`,
  );
  const open = async (role: (typeof roles)[number], without?: WeakDoors): Promise<Attacker> => {
    const pool = openDatabase({ url: database.urls[role], poolMax: 1, applicationName: 'probe', statementMs: 5000 });
    return { database: pool, pass: database.pass, doors: await openDoors(pool, without) };
  };
  const pools = {
    aegis_api: await open('aegis_api', weak),
    aegis_worker: await open('aegis_worker'),
    aegis_audit: await open('aegis_audit'),
  };
  const dispatch = openDatabase({ url: database.urls.aegis_dispatch, poolMax: 1, applicationName: 'probe' });
  const staff = openDatabase({ url: database.urls.aegis_staff, poolMax: 1, applicationName: 'probe', statementMs: 5000 });
  return {
    target: {
      pools,
      tables: rows.map((row) => String(row['name'])),
      planted,
      admin: database.admin,
      dispatch,
      staff,
      mint: async (tenantId, role, until = 'infinity') => {
        const [row] = await database.admin('select identity.mint_pass($1, $2, $3) as pass', [tenantId, role, until]);
        return String(row?.['pass']);
      },
    },
    close: async () => {
      for (const role of roles) {
        await pools[role].doors.close();
        await closeDatabase(pools[role].database);
      }
      await closeDatabase(dispatch);
      await closeDatabase(staff);
    },
  };
}

async function plantBoth(database: TestDatabase): Promise<Planted> {
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
  return planted;
}

/** What tenant `tenant` may do through an attacker's role. */
export function contextOf({ pass }: Pick<Attacker, 'pass'>, tenant: string): TenantContext {
  const tenantId = tenantIdSchema.parse(tenant);
  return { tenantId, actor: { type: 'system', id: 'probe' }, pass: pass(tenantId) };
}

/** Rows of one statement as a tenant. */
export function rowsAs(attacker: Attacker, tenant: string, statement: Statement): Promise<readonly Row[]> {
  return attacker.doors.tenancy.withTenantOnce(contextOf(attacker, tenant), 'probe', (tx) => tx.query(statement));
}

/** `N rows` (read, or written), else the SQLSTATE. A transaction is rolled back, so that one attack does not feed the next. */
export async function outcomeAs(attacker: Attacker, tenant: string, text: string): Promise<string> {
  const proof = await attacker.pass(tenantIdSchema.parse(tenant)).proofFor(attacker.database.role);
  return outcomeIn(attacker, proof, text);
}

/** The same without a proof of any tenant. */
export function outcomeBare(attacker: Attacker, text: string): Promise<string> {
  return outcomeIn(attacker, '', text);
}

async function outcomeIn({ doors }: Attacker, proof: string, text: string): Promise<string> {
  return doors.lend(async (connection) => {
    await connection.send({ name: '', text: 'begin', values: [] });
    if (proof !== '') await connection.send(doors.enter(bindProof(proof, connection.backend)));
    const outcome = await outcomeOf(connection.send({ name: '', text, values: [] }));
    await connection.send({ name: '', text: 'rollback', values: [] });
    return outcome;
  });
}

/** The same of any answer. */
export async function outcomeOf(answer: Promise<{ readonly rowCount: number } | readonly Row[]>): Promise<string> {
  try {
    const got = await answer;
    return `${'rowCount' in got ? got.rowCount : got.length} rows`;
  } catch (error) {
    if (error instanceof StatementFault) return error.sqlState;
    throw error;
  }
}
