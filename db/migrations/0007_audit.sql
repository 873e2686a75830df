-- why: audit outbox, leaves and tree heads of the per-tenant Merkle log; lock: none (new tables)
-- The request writes its event here, in the transaction of the change. Bytes, made once: they are what is hashed.
create table app.audit_outbox (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  entry bytea not null check (length(entry) between 1 and 65535),
  at timestamptz(3) not null default clock_timestamp(),
  primary key (tenant_id, id)
);
select app.protect('app.audit_outbox');
create index audit_outbox_order on app.audit_outbox (tenant_id, at, id);
grant insert on app.audit_outbox to aegis_api, aegis_worker;
grant select, delete on app.audit_outbox to aegis_audit;

create table app.audit_leaf (
  tenant_id uuid not null references app.tenant (tenant_id),
  idx bigint not null check (idx >= 0),
  hash bytea not null check (length(hash) = 32),
  entry bytea not null check (length(entry) between 1 and 65535),
  primary key (tenant_id, idx)
);
select app.protect('app.audit_leaf');
grant select on app.audit_leaf to aegis_api;
grant select, insert on app.audit_leaf to aegis_audit;

-- Size and right edge are the whole state of a tree: the edge holds 32 bytes for each 1-bit of the size.
create table app.audit_tree (
  tenant_id uuid primary key references app.tenant (tenant_id),
  size bigint not null default 0 check (size >= 0),
  edge bytea not null default '' check (length(edge) = 32 * bit_count(int8send(size))),
  root bytea not null check (length(root) = 32),
  checkpoint text not null,
  updated_at timestamptz(3) not null default clock_timestamp()
);
select app.protect('app.audit_tree');
grant select on app.audit_tree to aegis_api, aegis_worker;
grant select, insert, update on app.audit_tree to aegis_audit;

-- History does not change, whoever asks: leaves are kept and a tree only grows.
create function app.keep_leaf () returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin raise exception 'audit leaves are kept' using errcode = '55000'; end $$;
create trigger keep_leaf before update or delete on app.audit_leaf for each row execute function app.keep_leaf();
create trigger keep_leaves before truncate on app.audit_leaf execute function app.keep_leaf();
create function app.grow_tree () returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.size < old.size or new.tenant_id <> old.tenant_id then raise exception 'an audit tree only grows' using errcode = '55000'; end if;
  return new;
end $$;
create trigger grow_tree before update on app.audit_tree for each row execute function app.grow_tree();

-- One writer: whoever holds the newest epoch. A sequencer that slept through its lock fails the fence and writes nothing.
create table ops.fence (name text primary key, epoch bigint not null);
insert into ops.fence (name, epoch) values ('audit', 0);
create function ops.claim_epoch () returns bigint language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update ops.fence set epoch = epoch + 1 where name = 'audit' returning epoch
$$;
create function ops.hold_epoch (held bigint) returns boolean language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from ops.fence where name = 'audit' and epoch = held for share)
$$;
grant select (tenant_id) on app.audit_outbox to aegis_keeper;
grant select, update (epoch) on ops.fence to aegis_keeper;
grant execute on function ops.claim_epoch (), ops.hold_epoch (bigint) to aegis_audit;
