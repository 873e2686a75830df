-- why: staff reach a tenant's rows through an elevation: asked for with a ticket, agreed to by others, short, written into the tenant's own log; lock: access exclusive on app.job for a moment
-- Requests, agreements, beginnings, reads and ends are written into the tenant's log by the functions below, so that whoever holds a
-- session of aegis_staff can neither leave one out nor say something else in it.
create table app.access_setting (
  tenant_id uuid primary key references app.tenant (tenant_id),
  own_approval boolean not null, -- no elevation begins without a person of the tenant's own
  changed_at timestamptz(3) not null default clock_timestamp()
);
select app.protect('app.access_setting');
grant select, insert on app.access_setting to aegis_api;
grant update (own_approval, changed_at) on app.access_setting to aegis_api;
grant select on app.access_setting to aegis_keeper;

create table app.elevation (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  person_id uuid not null, -- of staff, and what they are called
  person_name text not null,
  session_id uuid not null, -- the one login that it is for
  scope text not null check (scope in ('metadata', 'findings', 'evidence')),
  reach smallint not null generated always as (case scope when 'metadata' then 1 when 'findings' then 2 else 3 end) stored,
  ticket text not null check (ticket ~ '^[[:alnum:]][[:alnum:]._/#-]{1,63}$'),
  reason text not null check (length(reason) between 10 and 200 and reason !~ '[[:cntrl:]]'),
  minutes integer not null check (minutes between 1 and 60),
  own_approval boolean not null default false, -- the tenant demanded it, when this was asked for or before it began
  created_at timestamptz(3) not null default clock_timestamp(),
  lapses_at timestamptz(3) not null, -- what nobody has agreed to until then never begins
  approved_by uuid,
  approved_by_name text,
  approved_at timestamptz(3),
  agreed_by text check (length(agreed_by) <= 100),
  agreed_at timestamptz(3),
  started_at timestamptz(3),
  expires_at timestamptz(3),
  ended_at timestamptz(3),
  ended_by text check (ended_by in ('customer', 'staff', 'time')),
  primary key (tenant_id, id),
  constraint another_person check (approved_by is null or approved_by <> person_id),
  constraint agreed_before_it_begins check (
    started_at is null or (reach = 1 or approved_by is not null) and (not own_approval or agreed_by is not null)),
  constraint an_hour_at_most check (
    (started_at is null) = (expires_at is null) and (started_at is null or expires_at <= started_at + interval '60 minutes')),
  check ((ended_at is null) = (ended_by is null))
);
create index elevation_order on app.elevation (tenant_id, created_at, id);
select app.protect('app.elevation');
grant select on app.elevation to aegis_api, aegis_worker;
grant update (agreed_by, agreed_at, ended_at, ended_by) on app.elevation to aegis_api;
grant update (ended_at, ended_by) on app.elevation to aegis_worker;
grant select, insert on app.elevation to aegis_keeper;
grant update (approved_by, approved_by_name, approved_at, ended_at, ended_by) on app.elevation to aegis_keeper;

-- What was read by an elevation. The transaction that noted it is the one in which rows show.
create table app.staff_read (
  tenant_id uuid not null,
  id uuid not null,
  elevation_id uuid not null,
  what text not null check (what ~ '^[a-z][a-z_.]{0,39}$'),
  target_id uuid,
  at timestamptz(3) not null default clock_timestamp(),
  transaction xid8 not null default pg_current_xact_id(),
  primary key (tenant_id, id),
  foreign key (tenant_id, elevation_id) references app.elevation (tenant_id, id)
);
create index staff_read_of on app.staff_read (tenant_id, elevation_id, at, id);
create index staff_read_in on app.staff_read (tenant_id, transaction);
select app.protect('app.staff_read');
grant select on app.staff_read to aegis_api;
grant select, insert on app.staff_read to aegis_keeper;

-- Which tenant an elevation is of, for staff who name it by its id.
create table identity.elevation_place (
  elevation_id uuid primary key,
  tenant_id uuid not null,
  person_id uuid not null,
  created_at timestamptz(3) not null default clock_timestamp()
);
create index elevation_place_order on identity.elevation_place (created_at);

-- An id in order of time, to the microsecond, as the rest of the log has them. Source: RFC 9562, section 5.7, method 3 of section 6.2.
create function identity.time_id () returns uuid language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  us constant bigint := floor(date_part('epoch', clock_timestamp()) * 1000000);
begin
  return encode(substr(int8send(us / 1000), 3) || int2send((28672 + us % 1000 * 4096 / 1000)::smallint) || substr(uuid_send(gen_random_uuid()), 9), 'hex')::uuid;
end $$;

-- Writes an event of staff into the log of the tenant of the transaction, as canonical JSON (RFC 8785), version 2 of the events.
-- `detail` and `more_targets` come from the functions below, rendered already.
create function identity.write_staff_event (e app.elevation, action text, actor uuid, purpose text, detail text, more_targets text default '')
returns void language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  event constant uuid := identity.time_id();
begin
  insert into app.audit_outbox (tenant_id, id, entry) values (e.tenant_id, event, convert_to(concat(
    '{"action":"', action, '","actor":{"id":"', actor, '","type":"staff"},"context":{},"decision":"allow","detail":', detail,
    ',"id":"', event, '","occurredAt":"', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    '","outcome":"success","purpose":"', purpose, '","targets":[{"id":"', e.id, '","type":"elevation"}', more_targets,
    '],"tenant":"', e.tenant_id, '","ticket":', to_json(e.ticket), ',"v":2}'), 'UTF8'));
  perform ops.mark_ready('audit');
end $$;

-- Whoever agreed last, it begins then: of staff or of the tenant. The tenant's switch counts until that moment.
create function app.begin_elevation () returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'UPDATE' and old.ended_at is not null then raise exception 'what has ended stays ended' using errcode = '55000'; end if;
  if new.started_at is not null or new.ended_at is not null then return new; end if;
  new.own_approval := new.own_approval or exists (select from app.access_setting s where s.tenant_id = new.tenant_id and s.own_approval);
  if (new.scope = 'metadata' or new.approved_by is not null) and (not new.own_approval or new.agreed_by is not null) and new.lapses_at > clock_timestamp() then
    new.started_at := clock_timestamp();
    new.expires_at := new.started_at + make_interval(mins => new.minutes);
  end if;
  return new;
end $$;
create trigger begin_elevation before insert or update on app.elevation for each row execute function app.begin_elevation();

-- What began is told in the tenant's log, and a job looks at it when its time is over.
create function app.tell_elevation () returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if new.started_at is null or tg_op = 'UPDATE' and old.started_at is not null then return null; end if;
  perform identity.write_staff_event(new, 'operator.started', new.person_id, 'reach a tenant by a ticket',
    concat('{"minutes":', new.minutes, ',"scope":"', new.scope, '"}'));
  perform identity.end_elevation_at(new.tenant_id, new.id, new.expires_at);
  return null;
end $$;
create trigger tell_elevation after insert or update on app.elevation for each row execute function app.tell_elevation();

create function identity.end_elevation_at (tenant uuid, elevation uuid, due timestamptz) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  insert into app.job (tenant_id, id, kind, payload, not_before)
  values (tenant, identity.time_id(), 'access.end', jsonb_build_object('tenantId', tenant, 'elevationId', elevation), due);
  perform ops.mark_ready('job');
end $$;
alter table app.job drop constraint job_kind_check;
alter table app.job add constraint job_kind_check check (kind in ('ingest.seal', 'scan.analyze', 'findings.record', 'evidence.keep',
  'evidence.expire', 'export.bundle', 'export.expire', 'forge.handle', 'forge.sync', 'forge.report', 'forge.reconcile', 'member.leave',
  'access.end'));

-- Asks for an elevation. Two authenticators are the least: who has one is a step from having none, and none is a step from a way around.
create function identity.request_elevation (session_hash bytea, tenant uuid, elevation uuid, wanted_scope text, for_ticket text, why text, for_minutes integer)
returns text language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
declare
  staff record;
  e app.elevation;
begin
  select * into staff from identity.live_staff(session_hash);
  if not found then return 'session_unknown'; end if;
  if (select count(*) from identity.staff_passkey k where k.person_id = staff.person_id) < 2 then return 'authenticators_missing'; end if;
  if (select count(*) from identity.elevation_place p where p.person_id = staff.person_id and p.created_at > clock_timestamp() - interval '1 day') >= 50
  then return 'too_many'; end if;
  perform identity.enter_tenant(tenant);
  if not exists (select from app.tenant t where t.tenant_id = request_elevation.tenant) then return 'tenant_unknown'; end if;
  insert into identity.elevation_place (elevation_id, tenant_id, person_id) values (elevation, tenant, staff.person_id);
  -- written before it can begin, so that the log has them in this order
  e.tenant_id := tenant;
  e.id := elevation;
  e.ticket := for_ticket;
  perform identity.write_staff_event(e, 'operator.requested', staff.person_id, 'ask to reach a tenant',
    concat('{"minutes":', for_minutes, ',"reason":', to_json(why), ',"scope":', to_json(wanted_scope), '}'));
  insert into app.elevation (tenant_id, id, person_id, person_name, session_id, scope, ticket, reason, minutes, lapses_at)
  values (tenant, elevation, staff.person_id, staff.name, staff.session_id, wanted_scope, for_ticket, why, for_minutes, clock_timestamp() + interval '8 hours')
  returning * into e;
  if e.started_at is null then perform identity.end_elevation_at(tenant, elevation, e.lapses_at); end if;
  return case when e.started_at is null then 'waiting' else 'started' end;
end $$;

-- Agrees to somebody else's elevation; that it is somebody else's is the table's own check.
create function identity.approve_elevation (session_hash bytea, elevation uuid) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
declare
  staff record;
  tenant constant uuid := (select p.tenant_id from identity.elevation_place p where p.elevation_id = elevation);
  e app.elevation;
begin
  select * into staff from identity.live_staff(session_hash);
  if not found then return 'session_unknown'; end if;
  if tenant is null then return 'unknown'; end if;
  if (select count(*) from identity.staff_passkey k where k.person_id = staff.person_id) < 2 then return 'authenticators_missing'; end if;
  perform identity.enter_tenant(tenant);
  select * into e from app.elevation x where x.tenant_id = tenant and x.id = elevation and x.approved_by is null and x.reach > 1
    and x.started_at is null and x.ended_at is null and x.lapses_at > clock_timestamp();
  if not found then return 'unknown'; end if;
  perform identity.write_staff_event(e, 'operator.approved', staff.person_id, 'agree to the reach of another', concat('{"scope":"', e.scope, '"}'));
  update app.elevation x set approved_by = staff.person_id, approved_by_name = staff.name, approved_at = clock_timestamp()
  where x.tenant_id = tenant and x.id = elevation and x.approved_by is null and x.started_at is null and x.ended_at is null
  returning * into e;
  if not found then raise exception 'another agreed at the same moment' using errcode = '40001'; end if;
  return case when e.started_at is null then 'waiting' else 'started' end;
exception when check_violation then
  return 'same_person';
end $$;

-- Ends one's own elevation before its time, or takes the request back.
create function identity.end_elevation (session_hash bytea, elevation uuid) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
declare
  staff record;
  tenant constant uuid := (select p.tenant_id from identity.elevation_place p where p.elevation_id = elevation);
  e app.elevation;
begin
  select * into staff from identity.live_staff(session_hash);
  if not found or tenant is null then return false; end if;
  perform identity.enter_tenant(tenant);
  update app.elevation x set ended_at = clock_timestamp(), ended_by = 'staff'
  where x.tenant_id = tenant and x.id = elevation and x.person_id = staff.person_id and x.ended_at is null
    and coalesce(x.expires_at, x.lapses_at) > clock_timestamp()
  returning * into e;
  if not found then return false; end if;
  perform identity.write_staff_event(e, 'operator.ended', staff.person_id, 'end the reach of a tenant',
    concat('{"before":"', case when e.started_at is null then 'waiting' else 'active' end, '"}'));
  return true;
end $$;

-- Elevations of the last day: one's own, and those of others that wait for somebody of staff to agree. Nothing in them is the tenant's.
create function identity.staff_elevations (session_hash bytea)
returns table (id uuid, tenant_id uuid, person_id uuid, person_name text, this_session boolean, scope text, ticket text, reason text, minutes integer,
  own_approval boolean, approved_by_name text, agreed boolean, created_at timestamptz, lapses_at timestamptz, started_at timestamptz,
  expires_at timestamptz, ended_at timestamptz, ended_by text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
declare
  staff record;
  place identity.elevation_place;
begin
  select * into staff from identity.live_staff(session_hash);
  if not found then return; end if;
  for place in select * from identity.elevation_place p where p.created_at > clock_timestamp() - interval '1 day' order by p.created_at desc limit 100 loop
    perform identity.enter_tenant(place.tenant_id);
    return query select e.id, e.tenant_id, e.person_id, e.person_name, e.session_id = staff.session_id, e.scope, e.ticket, e.reason, e.minutes,
      e.own_approval, e.approved_by_name, e.agreed_by is not null, e.created_at::timestamptz, e.lapses_at::timestamptz, e.started_at::timestamptz,
      e.expires_at::timestamptz, e.ended_at::timestamptz, e.ended_by
      from app.elevation e where e.tenant_id = place.tenant_id and e.id = place.elevation_id
        and (e.person_id = staff.person_id or e.reach > 1 and e.approved_by is null and e.ended_at is null and e.lapses_at > clock_timestamp());
  end loop;
end $$;

-- The pass of an elevation, for the one login that it is for and while it is active. It is `key.tenant.expiry.elevation.secret`: one part
-- more than any other, and under the MAC.
create function identity.open_elevation (session_hash bytea, elevation uuid)
returns table (tenant_id uuid, person_id uuid, expires_at timestamptz, pass text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
declare
  tenant constant uuid := (select p.tenant_id from identity.elevation_place p where p.elevation_id = elevation);
  key_id constant text := (select k.kid from identity.proof_key k where k.retired_at is null);
  e app.elevation;
  head text;
begin
  if tenant is null then return; end if;
  perform identity.enter_tenant(tenant);
  select x.* into e from app.elevation x join identity.live_staff(session_hash) l on l.session_id = x.session_id
  where x.tenant_id = tenant and x.id = elevation and x.ended_at is null and x.expires_at > clock_timestamp();
  if not found then return; end if;
  head := concat_ws('.', key_id, tenant, floor(date_part('epoch', least(e.expires_at, clock_timestamp() + interval '60 seconds')))::bigint, elevation);
  return query select e.tenant_id, e.person_id, e.expires_at::timestamptz,
    head || '.' || encode(identity.proof_mac(key_id, head || '.aegis_staff'), 'hex');
end $$;

-- The tenant of a proof of staff, `key.tenant.expiry.elevation.backend.mac`. It says nothing of whether the elevation is still active.
create function identity.staff_tenant (proof text) returns uuid language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  part constant text[] := string_to_array(proof, '.');
  backend constant text := case when part[5] = '*' then '*' else pg_backend_pid()::text end;
  secret constant bytea := identity.proof_mac(part[1], array_to_string(part[1:4], '.') || '.aegis_staff');
begin
  if cardinality(part) <> 6 or sha256(convert_to(part[5] || '.' || part[6], 'UTF8')) is distinct from
    sha256(convert_to(backend || '.' || encode(sha256(secret || convert_to(backend, 'UTF8')), 'hex'), 'UTF8'))
  then raise exception 'the proof of the elevation does not hold' using errcode = '28000'; end if;
  if part[3]::bigint < date_part('epoch', clock_timestamp()) then
    raise exception 'the proof of the elevation has expired' using errcode = '28000';
  end if;
  return part[2]::uuid;
end $$;

-- The active elevation of this session's proof, or none: it has begun, was not ended by anybody, its hour is not over by this server's
-- clock, and the login that it is for still lives. Every caller is volatile, so that each look is at what is committed now.
create function identity.active_elevation (of_tenant uuid) returns setof app.elevation
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  proof constant text := current_setting('app.tenant_proof', true);
begin
  if session_user <> 'aegis_staff' or proof is null or proof = '' then return; end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'an older state of the database does not know what was revoked since' using errcode = '25001';
  end if;
  if identity.staff_tenant(proof) is distinct from of_tenant then return; end if;
  return query select e.* from app.elevation e
    where e.tenant_id = of_tenant and e.id = split_part(proof, '.', 4)::uuid and e.started_at is not null
      and e.ended_at is null and e.expires_at > clock_timestamp()
      and exists (select from identity.staff_session s join identity.staff_person p on p.id = s.person_id
        where s.id = e.session_id and s.person_id = e.person_id and p.state = 'active' and s.ended_at is null and s.expires_at > clock_timestamp());
end $$;

-- Notes that something is read now, in the tenant's log too. What policies let through to staff hangs on this note and its transaction.
create function app.note_staff_read (what text, target_kind text default null, target uuid default null) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  e app.elevation;
begin
  select * into e from identity.active_elevation(app.current_tenant());
  if not found then raise exception 'no elevation is active' using errcode = '42501'; end if;
  if (target_kind is null) <> (target is null) or target_kind not in ('repository', 'scan', 'finding') then
    raise exception 'no such kind of target' using errcode = '22023';
  end if;
  if (select count(*) from app.staff_read r where r.tenant_id = e.tenant_id and r.elevation_id = e.id) >= 2000 then
    raise exception 'this elevation has read enough' using errcode = '54000';
  end if;
  insert into app.staff_read (tenant_id, id, elevation_id, what, target_id) values (e.tenant_id, identity.time_id(), e.id, what, target);
  perform identity.write_staff_event(e, 'operator.read', e.person_id, 'read by a ticket', concat('{"what":"', what, '"}'),
    case when target is null then '' else concat(',{"id":"', target, '","type":"', target_kind, '"}') end);
end $$;

grant select on app.tenant to aegis_keeper;
grant insert on app.audit_outbox, app.job to aegis_keeper;
grant select, insert on identity.elevation_place to aegis_keeper;
grant execute on function identity.time_id (), identity.write_staff_event (app.elevation, text, uuid, text, text, text),
  identity.end_elevation_at (uuid, uuid, timestamptz), identity.staff_tenant (text), identity.active_elevation (uuid) to aegis_keeper;
grant usage on schema app to aegis_staff;
grant execute on function identity.request_elevation (bytea, uuid, uuid, text, text, text, integer), identity.approve_elevation (bytea, uuid),
  identity.end_elevation (bytea, uuid), identity.staff_elevations (bytea), identity.open_elevation (bytea, uuid),
  app.note_staff_read (text, text, uuid) to aegis_staff;
