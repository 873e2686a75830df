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
  error_code text,
  created_at timestamptz(3) not null default now(),
  finished_at timestamptz(3),
  primary key (tenant_id, id)
);
select app.protect('app.job');
create index job_open on app.job (tenant_id, state, created_at, id);
grant select, insert, update on app.job to aegis_api, aegis_worker;

-- Which tenants may have work: the ring that makes dispatch fair. Ids only; no grant, reached through the functions below.
create table ops.ready_tenant (
  queue text not null check (queue in ('job', 'audit')),
  tenant_id uuid not null,
  turn bigint generated always as identity,
  primary key (queue, tenant_id)
);
create index ready_turn on ops.ready_tenant (queue, turn);

-- Puts the tenant of the transaction into the ring; runs in the transaction that writes the row. When the tenant is there already, a
-- shared lock on its place keeps `end_turn` waiting until this transaction is over, so that its row is seen before the place is given up.
create function ops.mark_ready (ring text)
returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  tenant constant uuid := app.current_tenant();
begin
  if tenant is null then raise exception 'no tenant context' using errcode = '28000'; end if;
  for attempt in 1..10 loop
    insert into ops.ready_tenant (queue, tenant_id) values (ring, tenant) on conflict do nothing;
    if found then return; end if;
    perform from ops.ready_tenant r where r.queue = ring and r.tenant_id = tenant for key share;
    if found then return; end if;
  end loop;
  raise exception 'no place in the ring' using errcode = '40001';
end $$;

-- The tenants whose turn it is, in ring order. Ids only.
create function ops.ready_tenants (ring text, tenants_max integer)
returns table (tenant_id uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select r.tenant_id from ops.ready_tenant r where r.queue = ring order by r.turn limit least(tenants_max, 1000)
$$;

-- Sends the tenant of the transaction to the end of the ring, or out of it when it has nothing left. Work that was written while the
-- caller was looking keeps the tenant in: the delete waits for whoever holds the place, and the look after it sees what they wrote.
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

grant select, insert, delete, update (queue) on ops.ready_tenant to aegis_keeper;
grant select (tenant_id, state, not_before) on app.job to aegis_keeper;
grant execute on function ops.mark_ready (text) to aegis_api, aegis_worker;
grant execute on function ops.ready_tenants (text, integer), ops.end_turn (text, boolean) to aegis_worker, aegis_audit;
