import type { WeakDoors } from './doors.ts';
import type { Mutant } from './probe.ts';
import { commandId } from './session-probes.ts';
import { edited } from './edited-function.ts';
import { staffMutants } from './staff-mutants.ts';

const open = (table: string): string =>
  `alter policy floor on ${table} using (true) with check (true); alter policy allow on ${table} using (true) with check (true)`;
const unchecked = (table: string): string =>
  `alter policy floor on ${table} with check (true); alter policy allow on ${table} with check (true)`;
const always = (tenant: string): string =>
  `create or replace function app.current_tenant () returns uuid language sql stable return ${tenant}`;
const anyone = always(`'bbbbbbbb-0000-4000-8000-000000000002'::uuid`);
const plainSetting = always(`nullif(pg_catalog.current_setting('app.tenant_id', true), '')::uuid`);
const lax = (piece: string, instead: string): string => edited('app.current_tenant', piece, instead);
const refusal = (what: string): string => `raise exception 'the proof of the tenant ${what}' using errcode = '28000';`;
const unsigned = lax(refusal('does not hold'), 'null;');
const callable = (signature: string): string => `grant execute on function ${signature} to aegis_api`;
const lent = (signature: string): string => `alter function ${signature} security definer; ${callable(signature)}`;

/** A wall taken away, in the database or (`weak`) in the doors; `short`: tried in each run of the tests, the others on demand. */
export type SessionMutant = Mutant & { readonly short: boolean; readonly weak?: WeakDoors };

/** Walls that an attack from a session must miss when they are gone. */
export const sessionMutants: readonly SessionMutant[] = [
  ...staffMutants,
  ...['P23', 'P28', 'P34', 'P38'].map((probe) => mutant(probe, open('app.repository'), probe === 'P34')),
  ...['P23', 'P23b', 'P24'].map((probe) => mutant(probe, anyone, probe === 'P23b')),
  mutant('P23', 'alter table app.audit_leaf disable row level security'),
  mutant('P23b', open('app.scan')),
  mutant('P34', unchecked('app.repository')),
  mutant('P34', open('app.job')),
  mutant('P35', unchecked('app.job'), true),
  mutant('P36', 'alter table app.scan drop constraint scan_tenant_id_repository_id_fkey'),
  ...['another-tenant', 'a-later-end', 'an-empty-mac', 'a-key-of-the-attackers-own', 'every-backend-after-it-was-bound'].map((name) =>
    mutant(`P41.${name}`, unsigned, name === 'another-tenant'),
  ),
  mutant('P41.an-unknown-key', lax('is distinct from', '<>'), true),
  mutant('P41.no-key-and-no-mac', lax('is distinct from', '<>')),
  mutant('P41.a-part-more', lax('substr(proof, 57)', 'substr(proof, 57, length(backend) + 66)')),
  mutant('P41.another-backend', lax('pg_backend_pid()::text', `'1'`), true),
  mutant('P41.another-role', lax('session_user', `'aegis_worker'`), true),
  mutant('P41.its-end-behind-it', lax(refusal('has expired'), 'null;'), true),
  ...['5'].map((number) => mutant(`P42.${number}`, plainSetting, number === '5')),
  mutant('P42.6', open('app.repository')),
  mutant('P42.7', open('app.job')),
  mutant('P42.10', open('app.repository')),
  command('select * from identity.credential', 'grant select on identity.credential to aegis_api', true),
  command('select * from identity.proof_key', 'grant select on identity.proof_key to aegis_api'),
  command('select * from ops.ready_tenant', 'grant select on ops.ready_tenant to aegis_worker'),
  command('do $$ begin end $$', 'grant usage on language plpgsql to aegis_worker'),
  command('select pg_advisory_lock(1)', 'grant execute on function pg_advisory_lock(bigint) to aegis_api'),
  command(
    'select * from pg_stat_activity',
    'grant select on pg_stat_activity to public; grant execute on function pg_stat_get_activity(integer) to public',
  ),
  command('create table app.t (x integer)', 'grant create on schema app to aegis_api'),
  command('truncate app.finding', 'grant truncate on app.finding to aegis_worker'),
  command(
    `select identity.mint_pass('bbbbbbbb-0000-4000-8000-000000000002', 'aegis_api')`,
    lent('identity.mint_pass(uuid, text, timestamptz, boolean)'),
    true,
  ),
  command(`select identity.proof_mac('x', 'y')`, lent('identity.proof_mac(text, text)')),
  command(`select identity.enter_tenant('bbbbbbbb-0000-4000-8000-000000000002')`, lent('identity.enter_tenant(uuid)')),
  command('select identity.rotate_proof_key()', lent('identity.rotate_proof_key(interval)')),
  command(`select identity.find_credential(sha256('x'))`, callable('identity.find_credential(bytea)')),
  command(`select identity.spend_code(sha256('x'))`, callable('identity.spend_code(bytea)')),
  command(`select ops.ready_turns('job', 10)`, callable('ops.ready_turns(text, integer)')),
  command(`select ops.ring_turns('job', '00000000-0000-0000-0000-000000000000', 10)`, callable('ops.ring_turns(text, uuid, integer)')),
  command(
    `select ops.open_job('bbbbbbbb-0000-4000-8000-000000000002', 'bbbbbbbb-0000-4000-8000-000000000002', 0, 'x.y')`,
    callable('ops.open_job(uuid, uuid, integer, text)'),
  ),
  command(
    `select ops.scan_is_over('bbbbbbbb-0000-4000-8000-000000000002', 'bbbbbbbb-0000-4000-8000-000000000002')`,
    callable('ops.scan_is_over(uuid, uuid)'),
  ),
  ...poolMutants(),
  mutant('P48.claim', edited('ops.claim_installation', ' and c.tenant_id = app.current_tenant()', ''), true),
  mutant('P49.ticket', edited('ops.open_job', 'then return null; end if;\n  perform', 'then null; end if;\n  perform'), true),
  mutant('P49.attempt', edited('ops.open_job', 'j.attempts = attempt + 1', 'true')),
  mutant('P49.lease', edited('ops.open_job', ' and j.lease_until > clock_timestamp()', '')),
  mutant('P49.ended', edited('ops.open_job', `j.state = 'running' and`, '')),
  mutant(
    'P49.tenant',
    `${edited('ops.job_ticket', `'job', app.current_tenant(), job`, `'job', job`)}; ${edited('ops.open_job', `'job', tenant, job`, `'job', job`)}`,
  ),
];

/** Walls of the pool, and of what tenants could learn of each other by sharing a server. */
function poolMutants(): readonly SessionMutant[] {
  const spanning = 'create unique index on app.job (id)';
  const rows = 'app.repository';
  const hot = {
    finding: 'app.finding',
    'worst-findings': 'app.finding',
    'newest-scans': 'app.scan',
    'open-jobs': 'app.job',
    sightings: 'app.sighting',
    leaves: 'app.audit_leaf',
  };
  return [
    mutant('P18', spanning, true),
    mutant(
      'P18',
      `${open(rows)}; grant usage on schema app to public; grant select on ${rows} to public; alter policy allow on ${rows} to public`,
    ),
    ...Object.entries(hot).map(([probe, table]) =>
      mutant(
        `P20.${probe}`,
        ['floor', 'allow'].map((policy) => `alter policy ${policy} on ${table} using (tenant_id = app.current_tenant())`).join('; '),
        probe === 'finding',
      ),
    ),
    mutant('P25.rollback', anyone),
    door('P25.commit', 'session-setting'),
    ...['no-end-of-its-transaction', 'an-error', 'a-time-out', 'a-cancel', 'a-kill'].map((end) => door(`P25.${end}`, 'kept')),
    ...['nested', 'late', 'swallowed'].map((name) => door(`P27.${name}`, 'kept')),
    ...['held-cursor', 'listening', 'prepared-statement', 'setting'].map((name) => door(`P30.${name}`, 'kept')),
    mutant('P30.temporary-table', `do $$ begin execute format('grant temporary on database %I to aegis_api', current_database()); end $$`),
    mutant('P30.advisory-lock', 'grant execute on function pg_advisory_lock(bigint), pg_advisory_unlock(bigint) to aegis_api'),
    mutant(
      'P30.last-value',
      'create sequence public.left_over; grant usage on schema public to aegis_api; grant usage on sequence public.left_over to aegis_api',
    ),
    mutant('P31', open(rows), true),
    mutant('P37.committed', spanning),
    mutant('P37.in-flight', spanning, true),
    mutant('P39', 'grant select on pg_statistic to aegis_audit', true),
  ];
}

function door(probe: string, weak: WeakDoors): SessionMutant {
  const lacks = { 'session-setting': 'the proof is set for the session', kept: 'a connection is lent on as it was left' }[weak];
  return { probe, change: `-- ${lacks}`, short: probe === 'P25.no-end-of-its-transaction' || probe === 'P30.held-cursor', weak };
}

function mutant(probe: string, change: string, short = false): SessionMutant {
  return { probe, change, short };
}

function command(text: string, change: string, short = false): SessionMutant {
  return { probe: commandId(text), change, short };
}
