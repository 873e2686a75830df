import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditEventSchema, beyondCatalog, tenantIdSchema, type ElevationId, type TenantId } from '@lib/contract';
import { canonicalJson, present } from '@lib/kernel';
import { closeDatabase, lendConnection, openDatabase, type Connection, type Database } from '@lib/platform/db';
import { bindProof } from '../../guard/tenancy/bind-proof.ts';
import { openElevation } from '@lib/guard/tenancy';
import { testDatabase, type TestDatabase } from '../../../tools/testing/database.ts';
import { askForElevation, plantStaff, plantStaffSession, type PlantedStaff, type Wanted } from '../../../tools/testing/plant-staff.ts';

// What the database holds staff to, whatever runs on a session of theirs. The API does not appear here.
let database: TestDatabase;
let staff: Database;
let ada: PlantedStaff;
let ben: PlantedStaff;
beforeAll(async () => {
  database = await testDatabase();
  staff = openDatabase({ url: database.urls.aegis_staff, poolMax: 2, applicationName: 'test' });
  ada = await plantStaff(database, 'Ada');
  ben = await plantStaff(database, 'Ben');
});
afterAll(async () => {
  await closeDatabase(staff);
  await database.drop();
});

let acme: TenantId;
let other: TenantId;
beforeEach(async () => {
  [acme, other] = [await newTenant(), await newTenant()];
});

async function newTenant(): Promise<TenantId> {
  const id = tenantIdSchema.parse(randomUUID());
  await database.admin(`insert into app.tenant (tenant_id, name) values ($1, 'test')`, [id]);
  for (let n = 0; n < 3; n += 1)
    await database.admin(`insert into app.repository (tenant_id, id, name, source) values ($1, $2, $3, '{}')`, [id, randomUUID(), `r${n}`]);
  const [repository] = await database.admin('select id from app.repository where tenant_id = $1 limit 1', [id]);
  await database.admin(`insert into app.scan (tenant_id, id, repository_id, requested_by) values ($1, $2, $2, 'x')`, [
    id,
    repository?.['id'],
  ]);
  await database.admin(
    `insert into app.finding (tenant_id, id, repository_id, fingerprint, analyzer, rule_id, rule_version, severity, confidence, score, title, path,
       start_line, detail, first_scan_id, last_scan_id)
     values ($1, $2, $2, sha256('x'), 'a', 'r', 1, 1, 1, 50, 't', 'p', 1, '{}', $2, $2)`,
    [id, repository?.['id']],
  );
  return id;
}

type Rows = readonly Readonly<Record<string, unknown>>[];
const send = async (connection: Connection, text: string, values: readonly unknown[] = []): Promise<Rows> =>
  (await connection.send({ name: '', text, values: [...values] })).rows;
const sendNamed = async (connection: Connection, text: string, name: string): Promise<Rows> =>
  (await connection.send({ name, text, values: [] })).rows;
const asStaff = (text: string, values: readonly unknown[] = []): Promise<Rows> =>
  lendConnection(staff, (connection) => send(connection, text, values));
const ask = (by: PlantedStaff, wanted: Wanted) => askForElevation(asStaff, by, wanted);
const approve = async (by: PlantedStaff, id: ElevationId): Promise<unknown> =>
  (await asStaff('select identity.approve_elevation($1, $2) as outcome', [by.sessionHash, id]))[0]?.['outcome'];
const proofOf = async (by: PlantedStaff, id: ElevationId): Promise<string> => {
  const opened = present(await openElevation(staff, { sessionHash: by.sessionHash, elevationId: id }), 'an active elevation');
  return opened.pass.proofFor('aegis_staff');
};
/** Runs statements in one open transaction with the elevation's proof. */
async function within<T>(
  proof: string,
  work: (query: (text: string, name?: string) => Promise<Rows>) => Promise<T>,
  begin = 'begin',
): Promise<T> {
  return lendConnection(staff, async (connection) => {
    await send(connection, begin);
    await send(connection, `select set_config('app.tenant_proof', $1, true)`, [bindProof(proof, connection.backend)]);
    try {
      return await work((text, name) => sendNamed(connection, text, name ?? ''));
    } finally {
      await send(connection, 'rollback');
    }
  });
}
const note = `select app.note_staff_read('repositories')`;
const repositories = 'select tenant_id from app.repository';
const findings = 'select tenant_id from app.finding';
async function eventsOf(tenant: TenantId) {
  const rows = await database.admin('select entry from app.audit_outbox where tenant_id = $1 order by id', [tenant]);
  return rows.map(({ entry }) => (entry instanceof Uint8Array ? Buffer.from(entry).toString('utf8') : ''));
}
const actionsOf = async (tenant: TenantId): Promise<readonly string[]> =>
  (await eventsOf(tenant)).map((text) => auditEventSchema.parse(JSON.parse(text)).action);

describe('without an elevation', () => {
  test('no_table_of_a_tenant_gives_staff_a_row_nor_takes_one', async () => {
    const tables = await database.admin(
      `select c.oid::regclass::text as name from pg_class c where c.relkind = 'r' and c.relnamespace = 'app'::regnamespace`,
    );
    expect(tables.length).toBeGreaterThan(30);
    for (const { name } of tables) {
      const seen = await asStaff(`select tenant_id from ${String(name)} limit 1`).catch(
        (error: unknown) => (error as { sqlState?: string }).sqlState,
      );
      expect([[], '42501'], String(name)).toContainEqual(seen);
      await expect(asStaff(`delete from ${String(name)}`)).rejects.toMatchObject({ sqlState: '42501' });
    }
  });

  test('a_proof_that_other_roles_are_given_shows_staff_nothing', async () => {
    const proof = await database.pass(acme).proofFor('aegis_staff');
    await within(proof, async (query) => {
      await expect(query(repositories)).rejects.toMatchObject({ sqlState: '28000' });
    });
  });

  test('nothing_can_be_noted_as_read', async () => {
    await expect(asStaff(note)).rejects.toMatchObject({ sqlState: '42501' });
  });
});

describe('an elevation', () => {
  test('for_metadata_begins_at_once_shows_one_tenant_and_no_finding', async () => {
    const { id, outcome } = await ask(ada, { tenant: acme });
    expect(outcome).toBe('started');
    await within(await proofOf(ada, id), async (query) => {
      await query(note);
      expect(await query(repositories)).toEqual([1, 2, 3].map(() => ({ tenant_id: acme })));
      expect(await query(findings)).toEqual([]);
      expect(await query('select tenant_id from app.evidence_pack')).toEqual([]);
      expect(await query(`select tenant_id from app.repository where tenant_id = '${other}'`)).toEqual([]);
      await expect(query('select source from app.repository')).rejects.toMatchObject({ sqlState: '42501' });
    });
  });

  test.each(['findings', 'evidence'])('for_%s_begins_when_another_person_of_staff_has_agreed_and_never_by_ones_own_hand', async (scope) => {
    const { id, outcome } = await ask(ada, { tenant: acme, scope });
    expect(outcome).toBe('waiting');
    expect(await openElevation(staff, { sessionHash: ada.sessionHash, elevationId: id })).toBeUndefined();
    expect(await approve(ada, id)).toBe('same_person');
    const again = { ...ada, ...(await plantStaffSession(database, ada.id)) };
    expect(await approve(again, id)).toBe('same_person');
    expect(await approve(ben, id)).toBe('started');
    await within(await proofOf(ada, id), async (query) => {
      await query(note);
      expect(await query(findings)).toEqual([{ tenant_id: acme }]);
    });
    expect(await actionsOf(acme)).toEqual(['operator.requested', 'operator.approved', 'operator.started', 'operator.opened']);
  });

  test('is_for_the_login_that_asked_and_for_no_other_of_the_same_person', async () => {
    const { id } = await ask(ada, { tenant: acme });
    const again = await plantStaffSession(database, ada.id);
    expect(await openElevation(staff, { sessionHash: again.sessionHash, elevationId: id })).toBeUndefined();
    expect(await openElevation(staff, { sessionHash: ben.sessionHash, elevationId: id })).toBeUndefined();
  });

  test('shows_nothing_in_a_transaction_that_noted_no_read', async () => {
    const { id } = await ask(ada, { tenant: acme });
    const proof = await proofOf(ada, id);
    await within(proof, async (query) => {
      await query(note);
      expect(await query(repositories)).toHaveLength(3);
    });
    await within(proof, async (query) => {
      expect(await query(repositories)).toEqual([]);
    });
  });

  test('has_an_entry_in_the_log_before_the_first_row_shows_which_no_rollback_takes_back', async () => {
    const { id } = await ask(ada, { tenant: acme });
    const mint = 'select pass from identity.open_elevation($1, $2)';
    const values = [ada.sessionHash, id];
    const rolledBack = await lendConnection(staff, async (connection) => {
      await send(connection, 'begin');
      const [row] = await send(connection, mint, values);
      const proof = String(row?.['pass']);
      await send(connection, `select set_config('app.tenant_proof', $1, true)`, [bindProof(proof, connection.backend)]);
      await expect(send(connection, note)).rejects.toMatchObject({ sqlState: '42501' }); // its opening is not committed
      await send(connection, 'rollback');
      return proof;
    });
    await within(rolledBack, async (query) => {
      await expect(query(note)).rejects.toMatchObject({ sqlState: '42501' }); // its opening is gone
    });
    await within(await proofOf(ada, id), async (query) => {
      await query(note);
      expect(await query(repositories)).toHaveLength(3);
    });
    expect(await actionsOf(acme)).toEqual(['operator.requested', 'operator.started', 'operator.opened']);
  });

  test('leaves_no_more_entries_of_its_opening_than_two_a_minute', async () => {
    const { id } = await ask(ada, { tenant: acme });
    for (let n = 0; n < 5; n += 1) await proofOf(ada, id);
    expect((await actionsOf(acme)).filter((action) => action === 'operator.opened')).toHaveLength(1);
  });

  test('whose_read_cannot_be_written_into_the_log_shows_nothing', async () => {
    const { id } = await ask(ada, { tenant: acme });
    const proof = await proofOf(ada, id);
    await database.admin('alter table app.audit_outbox add constraint full_now check (false) not valid');
    try {
      await within(proof, async (query) => {
        await expect(query(note)).rejects.toMatchObject({ sqlState: '23514' });
        await expect(query(repositories)).rejects.toMatchObject({ sqlState: '25P02' });
      });
    } finally {
      await database.admin('alter table app.audit_outbox drop constraint full_now');
    }
  });

  test.each([
    ['revoked', `update app.elevation set ended_at = now(), ended_by = 'customer' where id = $1`],
    ['over_by_the_database_s_clock', `update app.elevation set started_at = now() - interval '1 hour', expires_at = now() where id = $1`],
    [
      'without_its_login',
      `update identity.staff_session set ended_at = now() where id = (select session_id from app.elevation where id = $1)`,
    ],
  ])('that_is_%s_ends_in_an_open_transaction_with_a_warm_plan_and_an_open_cursor', async (_name, change) => {
    const login = { ...ada, ...(await plantStaffSession(database, ada.id)) };
    const { id } = await ask(login, { tenant: acme });
    await within(await proofOf(login, id), async (query) => {
      await query(note);
      for (let round = 0; round < 8; round += 1) expect(await query(repositories, 'warm')).toHaveLength(3);
      await query(`declare page cursor for ${repositories}`);
      expect(await query('fetch 1 from page')).toHaveLength(1);
      await database.admin(change, [id]);
      expect(await query('fetch 5 from page')).toEqual([]);
      expect(await query(repositories, 'warm')).toEqual([]);
      await expect(query(note)).rejects.toMatchObject({ sqlState: '42501' });
    });
    expect(await openElevation(staff, { sessionHash: login.sessionHash, elevationId: id })).toBeUndefined();
  });

  test('is_refused_to_a_transaction_that_would_not_see_its_revocation', async () => {
    const { id } = await ask(ada, { tenant: acme });
    const proof = await proofOf(ada, id);
    for (const level of ['repeatable read', 'serializable'])
      await within(
        proof,
        async (query) => {
          await expect(query(note)).rejects.toMatchObject({ sqlState: '25001' });
        },
        `begin isolation level ${level}`,
      );
  });

  test('that_has_ended_is_never_opened_again', async () => {
    const { id } = await ask(ada, { tenant: acme });
    expect(await asStaff('select identity.end_elevation($1, $2) as ended', [ada.sessionHash, id])).toEqual([{ ended: true }]);
    await expect(database.admin('update app.elevation set ended_at = null, ended_by = null where id = $1', [id])).rejects.toMatchObject({
      sqlState: '55000',
    });
    expect(await actionsOf(acme)).toEqual(['operator.requested', 'operator.started', 'operator.ended']);
  });

  test.each([
    ['more than an hour', { minutes: 61 }],
    ['no ticket', { ticket: '' }],
    ['a scope of its own', { scope: 'everything' }],
  ])('with_%s_is_refused', async (_name, wanted) => {
    await expect(ask(ada, { tenant: acme, ...wanted })).rejects.toMatchObject({ sqlState: '23514' });
    expect(await eventsOf(acme)).toEqual([]);
  });

  test('needs_two_authenticators_of_whoever_asks_and_of_whoever_agrees', async () => {
    const cleo = await plantStaff(database, `Cleo ${randomUUID()}`, 1);
    expect((await ask(cleo, { tenant: acme })).outcome).toBe('authenticators_missing');
    const { id } = await ask(ada, { tenant: acme, scope: 'findings' });
    expect(await approve(cleo, id)).toBe('authenticators_missing');
  });

  test('needs_a_live_session_and_a_tenant_that_is_there', async () => {
    expect((await ask({ ...ada, sessionHash: new Uint8Array(32) }, { tenant: acme })).outcome).toBe('session_unknown');
    expect((await ask(ada, { tenant: randomUUID() })).outcome).toBe('tenant_unknown');
  });
});

describe('a tenant that demands its own approval', () => {
  test('is_waited_for_at_every_scope_also_where_it_demanded_it_after_the_request', async () => {
    const early = await ask(ada, { tenant: acme, scope: 'findings' });
    await database.admin('insert into app.access_setting (tenant_id, own_approval) values ($1, true)', [acme]);
    expect((await ask(ada, { tenant: acme })).outcome).toBe('waiting');
    expect(await approve(ben, early.id)).toBe('waiting');
    await expect(
      database.admin(`update app.elevation set started_at = now(), expires_at = now() + interval '1 minute' where id = $1`, [early.id]),
    ).rejects.toMatchObject({ sqlState: '23514' });
    await lendAs('aegis_api', acme, `update app.elevation set agreed_by = 'member', agreed_at = now() where id = '${early.id}'`);
    await within(await proofOf(ada, early.id), async (query) => {
      await query(note);
      expect(await query(findings)).toHaveLength(1);
    });
  });

  test('cannot_have_it_begun_by_another_tenants_hand', async () => {
    await database.admin('insert into app.access_setting (tenant_id, own_approval) values ($1, true)', [acme]);
    const { id } = await ask(ada, { tenant: acme });
    await lendAs('aegis_api', other, `update app.elevation set agreed_by = 'member', agreed_at = now() where id = '${id}'`);
    expect(await openElevation(staff, { sessionHash: ada.sessionHash, elevationId: id })).toBeUndefined();
  });
});

describe('the log of the tenant', () => {
  test('has_what_staff_did_as_canonical_events_of_the_catalogue_in_order', async () => {
    const { id } = await ask(ada, { tenant: acme, scope: 'findings', ticket: 'SUP-7/a' });
    await approve(ben, id);
    const proof = await proofOf(ada, id);
    await lendConnection(staff, async (connection) => {
      await send(connection, 'begin');
      await send(connection, `select set_config('app.tenant_proof', $1, true)`, [bindProof(proof, connection.backend)]);
      await send(connection, `select app.note_staff_read('finding', 'finding', '${randomUUID()}')`);
      await send(connection, 'commit');
    });
    const texts = await eventsOf(acme);
    const events = texts.map((text) => auditEventSchema.parse(JSON.parse(text)));
    expect(events.map(({ action, actor }) => [action, actor])).toEqual([
      ['operator.requested', { type: 'staff', id: ada.id }],
      ['operator.approved', { type: 'staff', id: ben.id }],
      ['operator.started', { type: 'staff', id: ada.id }],
      ['operator.opened', { type: 'staff', id: ada.id }],
      ['operator.read', { type: 'staff', id: ada.id }],
    ]);
    events.forEach((event, index) => {
      expect(canonicalJson(event)).toBe(texts[index]);
      expect(beyondCatalog(event)).toEqual([]);
      expect(event).toMatchObject({ ticket: 'SUP-7/a', tenant: acme });
      expect(event.targets[0]).toEqual({ type: 'elevation', id });
    });
    expect(await database.admin(`select 1 from ops.ready_tenant where tenant_id = $1 and queue = 'audit'`, [acme])).not.toEqual([]);
  });

  test('cannot_be_written_by_staff_in_another_way', async () => {
    const { id } = await ask(ada, { tenant: acme });
    await within(await proofOf(ada, id), async (query) => {
      await expect(
        query(`insert into app.audit_outbox (tenant_id, id, entry) values ('${acme}', '${randomUUID()}', 'x')`),
      ).rejects.toMatchObject({
        sqlState: '42501',
      });
    });
  });

  test('of_another_tenant_has_nothing_of_it', async () => {
    await ask(ada, { tenant: acme });
    expect(await eventsOf(other)).toEqual([]);
  });
});

async function lendAs(role: 'aegis_api', tenant: TenantId, text: string): Promise<void> {
  const pool = openDatabase({ url: database.urls[role], poolMax: 1, applicationName: 'test' });
  try {
    const proof = await database.pass(tenant).proofFor(role);
    await lendConnection(pool, async (connection) => {
      await send(connection, 'begin');
      await send(connection, `select set_config('app.tenant_proof', $1, true)`, [bindProof(proof, connection.backend)]);
      await send(connection, text);
      await send(connection, 'commit');
    });
  } finally {
    await closeDatabase(pool);
  }
}
