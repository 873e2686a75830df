-- why: an entry of the tenant's log is committed before the first row of it shows to staff, so that rolling back leaves a trace; lock: none (a table; functions are replaced)
-- The entry of a read is one with its transaction and goes with it. This one comes before: whoever gets a pass leaves it, at most twice a
-- minute, and rows show only while one of it is committed by another transaction than the one that looks.
create table app.staff_opening (
  tenant_id uuid not null,
  id uuid not null,
  elevation_id uuid not null,
  at timestamptz(3) not null default clock_timestamp(),
  transaction xid8 not null default pg_current_xact_id(),
  primary key (tenant_id, id),
  foreign key (tenant_id, elevation_id) references app.elevation (tenant_id, id)
);
create index staff_opening_of on app.staff_opening (tenant_id, elevation_id, at);
select app.protect('app.staff_opening');
grant select, insert on app.staff_opening to aegis_keeper;

create or replace function identity.open_elevation (session_hash bytea, elevation uuid)
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
  if not exists (select from app.staff_opening o where o.tenant_id = tenant and o.elevation_id = elevation and o.at > clock_timestamp() - interval '30 seconds') then
    insert into app.staff_opening (tenant_id, id, elevation_id) values (tenant, identity.time_id(), elevation);
    perform identity.write_staff_event(e, 'operator.opened', e.person_id, 'reach a tenant by a ticket', concat('{"scope":"', e.scope, '"}'));
  end if;
  head := concat_ws('.', key_id, tenant, floor(date_part('epoch', least(e.expires_at, clock_timestamp() + interval '60 seconds')))::bigint, elevation);
  return query select e.tenant_id, e.person_id, e.expires_at::timestamptz,
    head || '.' || encode(identity.proof_mac(key_id, head || '.aegis_staff'), 'hex');
end $$;

create or replace function identity.active_elevation (of_tenant uuid) returns setof app.elevation
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
        where s.id = e.session_id and s.person_id = e.person_id and p.state = 'active' and s.ended_at is null and s.expires_at > clock_timestamp())
      -- a pass lives a minute and is given for an opening of half a minute at most
      and exists (select from app.staff_opening o where o.tenant_id = e.tenant_id and o.elevation_id = e.id
        and o.at > clock_timestamp() - interval '91 seconds' and o.transaction is distinct from pg_current_xact_id_if_assigned());
end $$;
