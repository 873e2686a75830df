import { edited } from './edited-function.ts';
import type { Mutant } from './probe.ts';

const refusal = `raise exception 'the proof of the elevation does not hold' using errcode = '28000';`;
const older = `raise exception 'an older state of the database does not know what was revoked since' using errcode = '25001';`;
const unguarded = 'alter table app.elevation drop constraint agreed_before_it_begins';

/** Walls around staff, each taken away in turn; `short`: tried in each run of the tests. */
export const staffMutants: readonly (Mutant & { readonly short: boolean })[] = [
  mutant('P52.no-elevation', 'alter policy staff on app.repository using (tenant_id = (select app.current_tenant()))', true),
  mutant('P52.same-person', 'alter table app.elevation drop constraint another_person', true),
  mutant('P52.expired', edited('identity.active_elevation', ' and e.expires_at > clock_timestamp()', ''), true),
  mutant('P52.scope', edited('app.staff_sees', 'e.reach >= needed', 'true'), true),
  mutant('P52.revoked', edited('identity.active_elevation', 'and e.ended_at is null and', 'and'), true),
  mutant(
    'P52.one-person',
    `${edited('app.begin_elevation', `(new.scope = 'metadata' or new.approved_by is not null)`, 'true')}; ${unguarded}`,
    true,
  ),
  mutant(
    'P52.own-approval',
    `${edited('app.begin_elevation', '(not new.own_approval or new.agreed_by is not null)', 'true')}; ${unguarded}`,
  ),
  mutant('P52.own-approval', edited('app.begin_elevation', ' and s.own_approval', ' and not s.own_approval')),
  mutant('P52.ticket', 'alter table app.elevation drop constraint elevation_ticket_check'),
  mutant(
    'P52.hour',
    'alter table app.elevation drop constraint elevation_minutes_check; alter table app.elevation drop constraint an_hour_at_most',
  ),
  mutant('P52.authenticators', edited('identity.request_elevation', '< 2', '< 0')),
  mutant('P52.other-login', edited('identity.open_elevation', 'l.session_id = x.session_id', 'true')),
  mutant('P52.login-ended', edited('identity.active_elevation', 'and s.ended_at is null', '')),
  mutant(
    'P52.unrecorded',
    edited(
      'app.staff_sees',
      'and exists (select from app.staff_read r where r.tenant_id = e.tenant_id and r.elevation_id = e.id and r.transaction = pg_current_xact_id_if_assigned())',
      '',
    ),
    true,
  ),
  mutant('P52.unrecorded', edited('app.staff_sees', 'r.transaction = pg_current_xact_id_if_assigned()', 'true')),
  mutant(
    'P52.before',
    edited('identity.active_elevation', ' and o.transaction is distinct from pg_current_xact_id_if_assigned()', ''),
    true,
  ),
  mutant(
    'P52.before',
    edited('identity.active_elevation', 'and exists (select from app.staff_opening', 'and not exists (select from app.staff_opening'),
  ),
  mutant('P52.recovery', 'alter table identity.staff_enrolment drop constraint two_people', true),
  mutant('P52.recovery', 'alter table identity.staff_enrolment drop constraint others'),
  mutant('P52.other-tenant', 'alter policy floor on app.repository using (true); alter policy staff on app.repository using (true)'),
  mutant('P52.write', 'grant update on app.repository to aegis_staff'),
  mutant('P52.write', 'grant insert on app.audit_outbox to aegis_staff; alter policy allow on app.audit_outbox to public'),
  mutant('P52.forged', edited('identity.staff_tenant', refusal, 'null;'), true),
  mutant('P52.shut-out', edited('identity.active_elevation', `and p.state = 'active'`, '')),
  mutant('P52.cursor', edited('identity.active_elevation', 'and e.ended_at is null and', 'and')),
  mutant('P52.cursor', 'alter function app.staff_sees(uuid, integer) stable; alter function identity.active_elevation(uuid) stable'),
  mutant('P52.snapshot', edited('identity.active_elevation', older, 'null;')),
  mutant('P52.edited', 'grant update (scope) on app.elevation to aegis_api'),
  mutant('P52.edited', 'grant update (expires_at) on app.elevation to aegis_api'),
  mutant(
    'P52.reopened',
    edited('app.begin_elevation', `raise exception 'what has ended stays ended' using errcode = '55000';`, 'return new;'),
  ),
  mutant(
    'P52.commands',
    'grant execute on function identity.begin_staff_session(uuid, bigint, bytea, timestamptz, uuid, bytea) to aegis_staff',
  ),
  mutant(
    'P52.commands',
    'grant execute on function identity.enter_tenant(uuid) to aegis_staff; alter function identity.enter_tenant(uuid) security definer',
  ),
];

function mutant(probe: string, change: string, short = false): Mutant & { readonly short: boolean } {
  return { probe, change, short };
}
