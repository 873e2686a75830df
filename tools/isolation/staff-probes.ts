import { randomUUID } from 'node:crypto';
import type { ElevationId } from '@lib/contract';
import { openElevation } from '@lib/guard/tenancy';
import { lendConnection, type Connection } from '@lib/platform/db';
import { bindProof } from '../../libs/guard/tenancy/bind-proof.ts';
import { enterTenant } from '../../libs/guard/tenancy/tenancy.store.ts';
import { askForElevation, plantStaff, plantStaffSession, type PlantedStaff, type Wanted } from '../testing/plant-staff.ts';
import type { Probe } from './probe.ts';
import { outcomeAs, outcomeOf, tenantA, tenantB, type Target } from './session-target.ts';

const note = `select app.note_staff_read('rows')`;
const repositories = 'select tenant_id from app.repository limit 5';
const expire = `update app.elevation set started_at = now() - interval '1 minute', expires_at = now() where id = $1`;
const revoke = `update app.elevation set ended_at = now(), ended_by = 'customer' where id = $1`;
const leave = `update identity.staff_person set state = 'left' where id = (select person_id from app.elevation where id = $1)`;
const endLogin = 'update identity.staff_session set ended_at = now() where id = (select session_id from app.elevation where id = $1)';
const refused = ['0 rows', '42501', '28000', '25P02'];

/** What whoever holds a session of staff could try, with arbitrary SQL. The elevations are of tenant A; B never heard of any. */
export const staffProbes: readonly Probe<Target>[] = [
  { id: 'P52.no-elevation', what: 'without an elevation no table gives staff a row, whatever proof they bring', attack: noElevation },
  { id: 'P52.same-person', what: 'nobody agrees to an elevation of their own', attack: samePerson },
  { id: 'P52.one-person', what: 'one person alone reaches no finding', attack: (target) => unopened(target, { scope: 'findings' }) },
  { id: 'P52.own-approval', what: 'where the tenant demands its own approval nothing begins without it', attack: ownApproval },
  { id: 'P52.ticket', what: 'without a ticket nothing begins', attack: (target) => unopened(target, { ticket: ' ' }) },
  { id: 'P52.hour', what: 'no elevation is longer than an hour', attack: (target) => unopened(target, { minutes: 61 }) },
  { id: 'P52.authenticators', what: 'who has one authenticator gets no elevation', attack: (target) => unopened(target, {}, 1) },
  { id: 'P52.scope', what: 'an elevation for metadata shows no finding and no evidence', attack: beyondScope },
  { id: 'P52.other-tenant', what: 'an elevation shows no row of another tenant', attack: otherTenant },
  { id: 'P52.other-login', what: 'an elevation opens to no other login, not even of the same person', attack: otherLogin },
  {
    id: 'P52.expired',
    what: 'an elevation ends by the clock of the database, with a warm plan in an open transaction',
    attack: (target) => after(target, expire),
  },
  {
    id: 'P52.revoked',
    what: 'a revoked elevation shows nothing more, with a warm plan in an open transaction',
    attack: (target) => after(target, revoke),
  },
  { id: 'P52.login-ended', what: 'an elevation ends with its login', attack: (target) => after(target, endLogin) },
  { id: 'P52.shut-out', what: 'an elevation ends with its person', attack: (target) => after(target, leave) },
  { id: 'P52.cursor', what: 'a cursor that is open shows nothing more after the end', attack: openCursor },
  { id: 'P52.snapshot', what: 'no older snapshot outlives a revocation', attack: olderSnapshot },
  { id: 'P52.unrecorded', what: 'no row shows in a transaction that left no entry in the log', attack: unrecorded },
  { id: 'P52.before', what: 'no row shows before an entry of the log is committed', attack: uncommitted },
  { id: 'P52.recovery', what: 'nobody is let in by one person or by themselves', attack: recovery },
  { id: 'P52.write', what: 'staff write to no table of a tenant, elevated or not', attack: write },
  { id: 'P52.forged', what: 'a proof that was tampered with opens nothing', attack: forged },
  { id: 'P52.edited', what: 'nobody changes what was agreed to', attack: edited },
  { id: 'P52.reopened', what: 'what has ended is never active again', attack: reopened },
  { id: 'P52.commands', what: 'a session of staff makes no login, no proof and no pass', attack: commands },
];

type Query = (text: string, name?: string) => Promise<string>;

/** Runs statements in one transaction with a proof; answers outcomes. */
async function within<T>(
  { staff, begin = 'begin' }: Pick<Target, 'staff'> & { readonly begin?: string },
  proof: string,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  return lendConnection(staff, async (connection) => {
    const query: Query = (text, name = '') => outcomeOf(connection.send({ name, text, values: [] }));
    await query(begin);
    if (proof !== '') await connection.send(enterTenant(bindProof(proof, connection.backend)));
    try {
      return await work(query);
    } finally {
      await query('rollback');
    }
  });
}

const person = (target: Target, authenticators?: number): Promise<PlantedStaff> =>
  plantStaff(target, `Person ${randomUUID()}`, authenticators);

async function askFor(
  target: Target,
  by: PlantedStaff,
  wanted: Partial<Wanted> = {},
): Promise<{ readonly id: ElevationId; readonly outcome: string }> {
  const run = async (text: string, values: readonly unknown[]) =>
    lendConnection(target.staff, async (connection) => (await connection.send({ name: '', text, values: [...values] })).rows);
  return askForElevation(run, by, { tenant: tenantA, ...wanted });
}

async function proofOf({ staff }: Target, by: PlantedStaff, elevationId: ElevationId): Promise<string | undefined> {
  const opened = await openElevation(staff, { sessionHash: by.sessionHash, elevationId });
  return opened?.pass.proofFor('aegis_staff');
}

/** An active elevation for metadata, and its proof. */
async function elevated(target: Target): Promise<{ readonly by: PlantedStaff; readonly id: ElevationId; readonly proof: string }> {
  const by = await person(target);
  const { id } = await askFor(target, by);
  const proof = await proofOf(target, by, id);
  if (proof === undefined) throw new Error('an elevation for metadata begins at once');
  return { by, id, proof };
}

const unless = (allowed: readonly string[], outcome: string): readonly string[] => (allowed.includes(outcome) ? [] : [outcome]);

async function noElevation(target: Target): Promise<readonly string[]> {
  const found: string[] = [];
  for (const proof of ['', await target.mint(tenantB, 'aegis_staff')]) {
    for (const table of target.tables) {
      const got = await within(target, proof, (query) => query(`select tenant_id from ${table} limit 1`));
      if (!refused.includes(got)) found.push(`${table}: ${got}`);
    }
  }
  return found;
}

/** What is asked for must not open to whoever asked. */
async function unopened(target: Target, wanted: Partial<Wanted>, authenticators?: number): Promise<readonly string[]> {
  const by = await person(target, authenticators);
  const asked = await askFor(target, by, wanted).catch(() => undefined); // refused by a check: as well
  if (asked === undefined) return [];
  return (await proofOf(target, by, asked.id)) === undefined ? [] : ['it opened'];
}

async function samePerson(target: Target): Promise<readonly string[]> {
  const by = await person(target);
  const { id } = await askFor(target, by, { scope: 'findings' });
  await lendConnection(target.staff, (connection) =>
    outcomeOf(connection.send({ name: '', text: 'select identity.approve_elevation($1, $2)', values: [by.sessionHash, id] })),
  );
  return (await proofOf(target, by, id)) === undefined ? [] : ['it opened'];
}

async function ownApproval(target: Target): Promise<readonly string[]> {
  await target.admin('insert into app.access_setting (tenant_id, own_approval) values ($1, true)', [tenantA]);
  try {
    return await unopened(target, {});
  } finally {
    await target.admin('delete from app.access_setting');
  }
}

async function beyondScope(target: Target): Promise<readonly string[]> {
  await plantFinding(target);
  const { proof } = await elevated(target);
  return within(target, proof, async (query) => {
    await query(note);
    const own = await query(repositories);
    return [...unless(['5 rows'], own), ...unless(['0 rows'], await query('select tenant_id from app.finding'))];
  });
}

async function plantFinding({ admin, planted }: Target): Promise<void> {
  await admin(
    `insert into app.finding (tenant_id, id, repository_id, fingerprint, analyzer, rule_id, rule_version, severity, confidence, score, title, path,
       start_line, detail, first_scan_id, last_scan_id)
     values ($1, $2, $2, sha256('staff'), 'a', 'r', 1, 1, 1, 50, 't', 'p', 1, '{}', $2, $2) on conflict do nothing`,
    [tenantA, planted.repositoryOfA],
  );
}

async function otherTenant(target: Target): Promise<readonly string[]> {
  const { proof } = await elevated(target);
  return within(target, proof, async (query) => {
    await query(note);
    return unless(['0 rows'], await query(`select tenant_id from app.repository where tenant_id <> '${tenantA}' limit 1`));
  });
}

async function otherLogin(target: Target): Promise<readonly string[]> {
  const { by, id } = await elevated(target);
  const found: string[] = [];
  for (const login of [await plantStaffSession(target, by.id), await person(target)])
    if ((await proofOf(target, { ...by, ...login }, id)) !== undefined) found.push('it opened');
  return found;
}

/** After a change by others the open transaction, whose plan is warm, must show nothing more. */
async function after(target: Target, change: string): Promise<readonly string[]> {
  const { id, proof } = await elevated(target);
  return within(target, proof, async (query) => {
    await query(note);
    for (let round = 0; round < 8; round += 1) await query(repositories, 'warm');
    const before = await query(repositories, 'warm');
    await target.admin(change, [id]);
    return [...unless(['5 rows'], before), ...unless(['0 rows'], await query(repositories, 'warm'))];
  });
}

async function openCursor(target: Target): Promise<readonly string[]> {
  const { id, proof } = await elevated(target);
  return within(target, proof, async (query) => {
    await query(note);
    await query(`declare page cursor for select tenant_id from app.repository`);
    const before = await query('fetch 1 from page');
    await target.admin(revoke, [id]);
    return [...unless(['1 rows'], before), ...unless(['0 rows'], await query('fetch 5 from page'))];
  });
}

async function olderSnapshot(target: Target): Promise<readonly string[]> {
  const { id, proof } = await elevated(target);
  return within({ ...target, begin: 'begin isolation level repeatable read' }, proof, async (query) => {
    await query(note);
    await target.admin(revoke, [id]);
    return unless(['0 rows', '25001', '25P02'], await query(repositories));
  });
}

async function unrecorded(target: Target): Promise<readonly string[]> {
  const { proof } = await elevated(target);
  // a note that was committed is of its own transaction
  await lendConnection(target.staff, async (connection) => {
    await connection.send({ name: '', text: 'begin', values: [] });
    await connection.send(enterTenant(bindProof(proof, connection.backend)));
    await connection.send({ name: '', text: note, values: [] });
    await connection.send({ name: '', text: 'commit', values: [] });
  });
  const plain = await within(target, proof, (query) => query(repositories));
  const undone = await within(target, proof, async (query) => {
    await query('savepoint s');
    await query(note);
    await query('rollback to s');
    return query(repositories);
  });
  return [...unless(['0 rows'], plain), ...unless(['0 rows'], undone)];
}

async function uncommitted(target: Target): Promise<readonly string[]> {
  const by = await person(target);
  const { id } = await askFor(target, by);
  const open = (connection: Connection): Promise<string> =>
    connection
      .send({ name: '', text: 'select pass from identity.open_elevation($1, $2)', values: [by.sessionHash, id] })
      .then(({ rows }) => String(rows[0]?.['pass']));
  const { pass, at } = await lendConnection(target.staff, async (connection) => {
    await connection.send({ name: '', text: 'begin', values: [] });
    const made = await open(connection);
    await connection.send(enterTenant(bindProof(made, connection.backend)));
    const noted = await outcomeOf(connection.send({ name: '', text: note, values: [] }));
    await connection.send({ name: '', text: 'rollback', values: [] });
    return { pass: made, at: noted };
  });
  const after = await within(target, pass, (query) => query(note));
  return [...unless(['42501'], at), ...unless(['42501'], after)];
}

/** An enrolment that one person, or the person itself, has vouched for. */
async function recovery(target: Target): Promise<readonly string[]> {
  const found: string[] = [];
  const by = await person(target);
  for (const whose of [null, by.id]) {
    const [id, secret] = [randomUUID(), randomUUID()];
    await target.admin(
      `insert into identity.staff_enrolment (id, hash, name, expires_at) values ($1, sha256($2::text::bytea), 'Mal', now() + interval '1 hour')`,
      [id, secret],
    );
    for (let times = 0; times < 2; times += 1)
      await lendConnection(target.staff, (connection) =>
        outcomeOf(
          connection.send({ name: '', text: 'select identity.grant_staff_enrolment($1, $2, $3)', values: [by.sessionHash, id, whose] }),
        ),
      );
    const rows = await target.admin('select 1 from identity.open_staff_enrolment(sha256($1::text::bytea))', [secret]);
    const [row] = await target.admin('select first_by from identity.staff_enrolment where id = $1', [id]);
    if (rows.length > 0) found.push('one person let somebody in');
    if (whose !== null && row?.['first_by'] !== null) found.push('a person vouched for themselves');
  }
  return found;
}

async function write(target: Target): Promise<readonly string[]> {
  const { proof } = await elevated(target);
  const found: string[] = [];
  for (const table of target.tables) {
    for (const text of [
      `update ${table} set tenant_id = tenant_id`,
      `delete from ${table}`,
      `insert into ${table} (tenant_id) values ('${tenantA}')`,
    ]) {
      const got = await within(target, proof, (query) => query(text));
      if (got !== '42501') found.push(`${text}: ${got}`);
    }
  }
  return found;
}

async function forged(target: Target): Promise<readonly string[]> {
  const { proof } = await elevated(target);
  const later = '99999999999';
  const found: string[] = [];
  for (const [part, to] of [
    [1, tenantB],
    [2, later],
    [3, randomUUID()],
    [4, '00'.repeat(32)],
  ] as const) {
    const got = await within(target, proof.split('.').with(part, to).join('.'), (query) => query('select app.current_tenant()'));
    if (got !== '28000') found.push(`part ${String(part)}: ${got}`);
  }
  return found;
}

async function edited(target: Target): Promise<readonly string[]> {
  const { id } = await elevated(target);
  const found: string[] = [];
  for (const change of [
    `scope = 'evidence'`,
    `expires_at = now() + interval '50 minutes'`,
    'started_at = now()',
    'session_id = gen_random_uuid()',
    'approved_by = gen_random_uuid()',
  ]) {
    for (const role of ['aegis_api', 'aegis_worker'] as const) {
      const got = await outcomeAs(target.pools[role], tenantA, `update app.elevation set ${change} where id = '${id}'`);
      if (got !== '42501') found.push(`${role}: ${change}: ${got}`);
    }
  }
  return found;
}

async function reopened(target: Target): Promise<readonly string[]> {
  const { id } = await elevated(target);
  await target.admin(revoke, [id]);
  const got = await outcomeAs(
    target.pools.aegis_api,
    tenantA,
    `update app.elevation set ended_at = null, ended_by = null where id = '${id}'`,
  );
  return unless(['55000'], got);
}

async function commands(target: Target): Promise<readonly string[]> {
  const hash = `sha256('x')`;
  const id = `'${tenantB}'`;
  const found: string[] = [];
  for (const text of [
    `select identity.begin_staff_session(${id}, 1, ${hash}, now(), ${id}, ${hash})`,
    `select identity.find_staff_passkey('x')`,
    `select identity.enrol_staff(${hash}, ${id}, ${id}, 'x', 'x', 'x', 0)`,
    `select identity.first_staff(${id}, 'a', ${hash}, ${id}, 'b', ${hash})`,
    `select identity.mint_pass(${id}, 'aegis_staff')`,
    `select identity.enter_tenant(${id})`,
    `select identity.find_credential(${hash})`,
    `select identity.live_staff(${hash})`,
    `select identity.active_elevation(${id})`,
    `select identity.write_staff_event(null, 'a', ${id}, 'p', '{}')`,
    `select ops.ready_turns('job', 10)`,
    `select ops.mark_ready('audit')`,
    'select * from identity.staff_session',
    'select * from identity.staff_passkey',
    'select * from identity.elevation_place',
    'set role aegis_keeper',
    'drop policy staff on app.finding',
    'create temp table t (x integer)',
    'do $$ begin end $$',
  ]) {
    const got = await within(target, '', (query) => query(text));
    if (got !== '42501') found.push(`${text}: ${got}`);
  }
  return found;
}
