-- why: the outbox of jobs, which is the record; the queue is a cache and is refilled from here; lock: none (new tables)
create table app.job (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  kind text not null check (kind in ('ingest.seal', 'scan.analyze', 'findings.record')),
  payload jsonb not null,
  state text not null default 'pending' check (state in ('pending', 'queued', 'running', 'done', 'dead', 'cancelled')),
  attempts smallint not null default 0,
  lease_until timestamptz(3),
  not_before timestamptz(3) not null default now(),
  queued_at timestamptz(3),
  error_code text check (length(error_code) <= 100),
  created_at timestamptz(3) not null default now(),
  finished_at timestamptz(3),
  primary key (tenant_id, id)
);
select app.protect('app.job');
create index job_open on app.job (tenant_id, state, not_before, id) where state in ('pending', 'queued', 'running');
create index job_dead on app.job (tenant_id, id) where state = 'dead';
grant select, insert, update on app.job to aegis_api, aegis_worker;

-- Which tenants may have work, and from when: the ring that makes dispatch fair. Ids only; reached through the functions below.
-- Marks are only ever added and taken away, never shared: a writer waits for no other writer and for no dispatcher, and a dispatcher
-- for no writer, however long a transaction with a mark in it stays open. Many marks of one tenant count as one; a turn takes them all.
create table ops.ready_tenant (
  queue text not null check (queue in ('job', 'audit')),
  tenant_id uuid not null,
  ready_at timestamptz not null default clock_timestamp(),
  turn bigint generated always as identity primary key
);
create index ready_turn on ops.ready_tenant (queue, ready_at, turn);
create index ready_of_tenant on ops.ready_tenant (queue, tenant_id);

-- Puts the tenant of the transaction at the end of the ring; runs in the transaction that writes the row, so whoever sees the mark
-- sees the row.
create function ops.mark_ready (ring text)
returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if app.current_tenant() is null then raise exception 'no tenant context' using errcode = '28000'; end if;
  insert into ops.ready_tenant (queue, tenant_id) values (ring, app.current_tenant());
end $$;

-- The same for later: a retry that is not due yet, a lease that may run out. Null: there is nothing to look at.
create function ops.mark_ready_at (ring text, look_at timestamptz)
returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if app.current_tenant() is null then raise exception 'no tenant context' using errcode = '28000'; end if;
  if look_at is null then return; end if;
  -- never earlier than now: who waits longest goes first, and nobody gets ahead by the age of their rows
  insert into ops.ready_tenant (queue, tenant_id, ready_at) values (ring, app.current_tenant(), greatest(look_at, clock_timestamp()));
end $$;

-- The tenants whose turn it is, in ring order. Ids only.
create function ops.ready_tenants (ring text, tenants_max integer)
returns table (tenant_id uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select r.tenant_id from ops.ready_tenant r where r.queue = ring and r.ready_at <= clock_timestamp()
  group by r.tenant_id order by min(r.ready_at), min(r.turn) limit least(tenants_max, 1000)
$$;

-- Every tenant in the ring, whether its turn has come or not, by id: for the look around at start. Ids only.
create function ops.ring_tenants (ring text, after_tenant uuid, tenants_max integer)
returns table (tenant_id uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select distinct r.tenant_id from ops.ready_tenant r where r.queue = ring and r.tenant_id > after_tenant
  order by r.tenant_id limit least(tenants_max, 1000)
$$;

-- Takes the turn of the tenant of the transaction, until its end; false when another dispatcher has it. Marks are taken before the
-- caller looks: a row whose mark is taken here is seen by every later statement, and a mark that comes later stays. The setting lets
-- the statements that are sent along without waiting know that the turn is theirs.
create function ops.begin_turn (ring text)
returns boolean language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if app.current_tenant() is null then raise exception 'no tenant context' using errcode = '28000'; end if;
  if not pg_try_advisory_xact_lock(hashtextextended(ring || app.current_tenant()::text, 0)) then return false; end if;
  delete from ops.ready_tenant r where r.queue = ring and r.tenant_id = app.current_tenant();
  perform set_config('app.turn', ring, true);
  return true;
end $$;

-- For a caller that looked without `begin_turn`: sends the tenant of the transaction to the end of the ring, or out of it when it has
-- nothing left. Work that was written while the caller was looking keeps the tenant in: a row whose mark is taken by the delete is
-- seen by the look after it.
create function ops.end_turn (ring text, has_more boolean)
returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  tenant constant uuid := app.current_tenant();
  stays boolean := has_more;
begin
  delete from ops.ready_tenant r where r.queue = ring and r.tenant_id = tenant;
  if not stays and ring = 'job' then
    stays := exists (select from app.job j where j.tenant_id = tenant and j.state = 'pending' and j.not_before <= clock_timestamp());
  elsif not stays then
    stays := exists (select from app.audit_outbox o where o.tenant_id = tenant);
  end if;
  if stays then perform ops.mark_ready(ring); end if;
end $$;

grant select, insert, delete on ops.ready_tenant to aegis_keeper;
grant select (tenant_id, state, not_before) on app.job to aegis_keeper;
grant execute on function pg_try_advisory_xact_lock (bigint) to aegis_keeper;
grant execute on function ops.mark_ready (text) to aegis_api, aegis_worker;
grant execute on function ops.ready_tenants (text, integer), ops.end_turn (text, boolean) to aegis_worker, aegis_audit;
grant execute on function ops.mark_ready_at (text, timestamptz), ops.begin_turn (text), ops.ring_tenants (text, uuid, integer) to aegis_worker;
