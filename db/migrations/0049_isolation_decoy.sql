-- why: a tenant can have its isolation probed against a decoy that is made for it; lock: none (new tables and functions)
-- When a tenant's probe ran last, and what came of it.
create table app.isolation_probe (
  tenant_id uuid primary key references app.tenant (tenant_id),
  began_at timestamptz(3) not null default clock_timestamp(),
  note text check (length(note) <= 65536) -- the newest signed result; none while the first one runs
);
select app.protect('app.isolation_probe');
grant select, insert, update (began_at, note) on app.isolation_probe to aegis_api;

-- Whose decoy a tenant is. Nobody has a credential of one; its rows are there to be looked for.
create table identity.decoy (
  tenant_id uuid primary key,
  decoy_id uuid not null unique,
  repository_id uuid not null,
  scan_id uuid not null,
  finding_id uuid not null,
  canary text not null
);
grant select, insert on identity.decoy to aegis_keeper;
grant insert on app.repository, app.scan, app.finding to aegis_keeper;
grant select (tenant_id, id, name) on app.repository to aegis_keeper;
grant select (tenant_id, id) on app.finding to aegis_keeper;

-- Enters the decoy, and leaves it at its end whatever happens. For the function below alone: no role may call it.
create function identity.plant_decoy (d identity.decoy) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
begin
  perform identity.enter_tenant(d.decoy_id);
  insert into app.tenant (tenant_id, name) values (d.decoy_id, d.canary);
  insert into app.repository (tenant_id, id, name, source) values (d.decoy_id, d.repository_id, d.canary, jsonb_build_object('kind', 'decoy', 'canary', d.canary));
  insert into app.scan (tenant_id, id, repository_id, state, stage, requested_by, finished_at)
    values (d.decoy_id, d.scan_id, d.repository_id, 'succeeded', 'done', d.canary, clock_timestamp());
  insert into app.finding (tenant_id, id, repository_id, fingerprint, analyzer, rule_id, rule_version, severity, confidence, score, title, path, start_line, detail, first_scan_id, last_scan_id)
    values (d.decoy_id, d.finding_id, d.repository_id, sha256(convert_to(d.canary, 'UTF8')), 'decoy', 'decoy', 1, 4, 2, 100, d.canary, d.canary, 1,
      jsonb_build_object('canary', d.canary), d.scan_id, d.scan_id);
end $$;

-- How many of the decoy's rows are there, seen as the decoy: what a probe does not find must be there to be found.
create function identity.count_decoy (d identity.decoy) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
begin
  perform identity.enter_tenant(d.decoy_id);
  return (select count(*) from app.repository r where r.tenant_id = d.decoy_id and r.name = d.canary)
    + (select count(*) from app.scan s where s.tenant_id = d.decoy_id)
    + (select count(*) from app.finding f where f.tenant_id = d.decoy_id);
end $$;

-- The decoy of the tenant that asks, made when there is none. It takes no id: nobody can have another tenant for a decoy, nor be one for it.
create function ops.isolation_decoy ()
returns table (decoy_id uuid, repository_id uuid, scan_id uuid, finding_id uuid, canary text, planted integer)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  tenant constant uuid := app.current_tenant();
  d identity.decoy;
begin
  if tenant is null then raise exception 'no tenant context' using errcode = '28000'; end if;
  select * into d from identity.decoy x where x.tenant_id = tenant;
  if not found then
    d := row(tenant, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'decoy-' || replace(gen_random_uuid()::text, '-', ''));
    perform identity.plant_decoy(d);
    insert into identity.decoy select d.*;
  end if;
  return query select d.decoy_id, d.repository_id, d.scan_id, d.finding_id, d.canary, identity.count_decoy(d);
end $$;
grant execute on function identity.plant_decoy (identity.decoy), identity.count_decoy (identity.decoy) to aegis_keeper;
grant execute on function ops.isolation_decoy () to aegis_api;

-- A closed account's result goes with the rest.
do $$
declare
  body constant text := pg_get_functiondef('app.erase_rows'::regproc);
begin
  if strpos(body, '''app.idempotency'', ') = 0 then raise exception 'app.erase_rows is not what this was written for'; end if;
  execute replace(body, '''app.idempotency'', ', '''app.idempotency'', ''app.isolation_probe'', ');
end $$;
grant select, delete on app.isolation_probe to aegis_keeper;
