-- why: keys of what is closed are destroyed by a login that asks whose, and is told by nobody; lock: none (a new table and functions)
do $$
begin
  if not exists (select from pg_roles where rolname = 'aegis_shredder') then
    -- asks which keys are due and says which it has destroyed: it has no right on any table
    create role aegis_shredder login noinherit;
  end if;
end $$;
create or replace function ops.close_database () returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to aegis_api, aegis_worker, aegis_identity, aegis_staff, aegis_audit, aegis_dispatch, aegis_shredder', current_database());
end $$;
select ops.close_database();
grant usage on schema ops to aegis_shredder;

-- Which keys are to be destroyed. Only triggers write here, on rows that reach an end by the server's clock: whoever holds the API or the
-- worker orders nothing. `subject`: the App whose key it is, else the tenant.
create table identity.key_order (
  tenant_id uuid not null,
  key text not null check (key in ('records', 'evidence', 'forge')),
  subject uuid not null,
  ordered_at timestamptz(3) not null default clock_timestamp(),
  destroyed_at timestamptz(3),
  primary key (tenant_id, key, subject)
);
create index key_order_due on identity.key_order (ordered_at, tenant_id, key, subject) where destroyed_at is null;
grant select, insert, update (destroyed_at) on identity.key_order to aegis_keeper;

-- The key of evidence goes when the account is closed and no object of it is left, however long that takes.
create function identity.order_evidence_key (tenant uuid) returns void language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from app.tenant t where t.tenant_id = tenant and t.state = 'closed')
    and not exists (select from app.evidence_pack p where p.tenant_id = tenant and p.removed_at is null)
  then insert into identity.key_order (tenant_id, key, subject) values (tenant, 'evidence', tenant) on conflict do nothing; end if;
end $$;
create function identity.order_keys () returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_table_name = 'tenant' then
    insert into identity.key_order (tenant_id, key, subject) values (new.tenant_id, 'records', new.tenant_id) on conflict do nothing;
    insert into identity.key_order (tenant_id, key, subject) select a.tenant_id, 'forge', a.id from app.forge_app a where a.tenant_id = new.tenant_id
    on conflict do nothing;
  end if;
  perform identity.order_evidence_key(new.tenant_id);
  return null;
end $$;
create trigger order_keys after update on app.tenant for each row when (old.state <> 'closed' and new.state = 'closed') execute function identity.order_keys();
create trigger order_keys after update on app.evidence_pack for each row when (old.removed_at is null and new.removed_at is not null)
  execute function identity.order_keys();

-- Keys that are due, oldest order first. Ids alone.
create function ops.keys_to_destroy (keys_max integer) returns table (tenant_id uuid, key text, subject uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select o.tenant_id, o.key, o.subject from identity.key_order o where o.destroyed_at is null
  order by o.ordered_at, o.tenant_id, o.key, o.subject limit least(keys_max, 1000)
$$;

-- Notes that an ordered key is destroyed, in the tenant's log too, in the same transaction; false for one that nobody ordered or that is
-- noted already. The event is canonical JSON (RFC 8785), version 1.
create function ops.note_key_destroyed (tenant uuid, which text, of_subject uuid) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
declare
  event constant uuid := identity.time_id();
begin
  update identity.key_order o set destroyed_at = clock_timestamp()
  where o.tenant_id = tenant and o.key = which and o.subject = of_subject and o.destroyed_at is null;
  if not found then return false; end if;
  perform identity.enter_tenant(tenant);
  insert into app.audit_outbox (tenant_id, id, entry) values (tenant, event, convert_to(concat(
    '{"action":"key.destroyed","actor":{"id":"shredder","type":"system"},"context":{},"detail":{"key":"', which, '"},"id":"', event,
    '","occurredAt":"', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    '","outcome":"success","purpose":"destroy keys of what is closed","targets":[{"id":"', of_subject, '","type":"',
    case which when 'forge' then 'forge_app' else 'tenant' end, '"}],"tenant":"', tenant, '","v":1}'), 'UTF8'));
  perform ops.mark_ready('audit');
  return true;
end $$;

grant select on app.forge_app to aegis_keeper;
grant execute on function identity.order_evidence_key (uuid) to aegis_keeper;
grant execute on function ops.keys_to_destroy (integer), ops.note_key_destroyed (uuid, text, uuid) to aegis_shredder;
