-- why: the log of logs: a leaf for each tenant checkpoint that moved, so that a dropped or rolled back log shows; lock: none (new tables)
-- Belongs to no tenant and is read by tenants as hashes alone: a hash tells nothing about a root that one does not know. Entries are
-- read by the role of the audit log, and by a tenant where they are its own.
create table ops.logs_leaf (
  idx bigint primary key check (idx >= 0),
  tenant_id uuid not null,
  size bigint not null check (size > 0),
  hash bytea not null check (length(hash) = 32),
  entry bytea not null check (length(entry) between 1 and 1000)
);
create index logs_leaf_tenant on ops.logs_leaf (tenant_id, idx);
create table ops.logs_node (
  level smallint not null check (level between 1 and 7),
  idx bigint not null check (idx >= 0),
  hash bytea not null check (length(hash) = 32),
  primary key (level, idx)
);
create table ops.logs_tree (
  name text primary key check (name = 'logs'),
  size bigint not null check (size > 0),
  edge bytea not null check (length(edge) = 32 * bit_count(int8send(size))),
  root bytea not null check (length(root) = 32),
  checkpoint text not null,
  updated_at timestamptz(3) not null default clock_timestamp()
);
-- Checkpoints that have moved and are not in the log of logs yet; written with the checkpoint, in its transaction.
create table ops.logs_moved (
  turn bigint generated always as identity primary key,
  tenant_id uuid not null,
  size bigint not null,
  entry bytea not null
);

create function ops.keep_logs () returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin raise exception 'the log of logs is kept' using errcode = '55000'; end $$;
create trigger keep_leaf before update or delete on ops.logs_leaf for each row execute function ops.keep_logs();
create trigger keep_leaves before truncate on ops.logs_leaf execute function ops.keep_logs();
create trigger keep_node before update or delete on ops.logs_node for each row execute function ops.keep_logs();
create trigger keep_nodes before truncate on ops.logs_node execute function ops.keep_logs();
create function ops.grow_logs () returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.size < old.size or new.name <> old.name then raise exception 'the log of logs only grows' using errcode = '55000'; end if;
  return new;
end $$;
create trigger grow_logs before update on ops.logs_tree for each row execute function ops.grow_logs();

create function ops.note_moved (size bigint, entry bytea)
returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if app.current_tenant() is null then raise exception 'no tenant context' using errcode = '28000'; end if;
  insert into ops.logs_moved (tenant_id, size, entry) values (app.current_tenant(), note_moved.size, note_moved.entry);
end $$;

-- Moved checkpoints, oldest first. The caller names each row that it has dealt with: a row of a lower turn may still commit.
create function ops.moved_logs (rows_max integer)
returns table (turn bigint, tenant_id uuid, size bigint, entry bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select m.turn, m.tenant_id, m.size, m.entry from ops.logs_moved m order by m.turn limit least(rows_max, 5000)
$$;

create function ops.logs_head ()
returns table (size bigint, edge bytea, root bytea, checkpoint text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.size, t.edge, t.root, t.checkpoint from ops.logs_tree t
$$;

-- Writes new leaves and the head that they lead to, under the fence of the audit log: all of it, or false and nothing.
create function ops.extend_logs (held bigint, first_index bigint, leaves jsonb, nodes jsonb, head jsonb, turns bigint[])
returns boolean language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not ops.hold_epoch(held) then return false; end if;
  if coalesce((select t.size from ops.logs_tree t for update), 0) <> first_index then return false; end if;
  insert into ops.logs_leaf (idx, tenant_id, size, hash, entry)
  select first_index + leaf.place - 1, (leaf.value ->> 'tenant')::uuid, (leaf.value ->> 'size')::bigint,
    decode(leaf.value ->> 'hash', 'hex'), decode(leaf.value ->> 'entry', 'hex')
  from jsonb_array_elements(leaves) with ordinality as leaf (value, place);
  insert into ops.logs_node (level, idx, hash)
  select (node ->> 'level')::smallint, (node ->> 'index')::bigint, decode(node ->> 'hash', 'hex') from jsonb_array_elements(nodes) node;
  insert into ops.logs_tree as tree (name, size, edge, root, checkpoint)
  values ('logs', (head ->> 'size')::bigint, decode(head ->> 'edge', 'hex'), decode(head ->> 'root', 'hex'), head ->> 'checkpoint')
  on conflict (name) do update
  set size = excluded.size, edge = excluded.edge, root = excluded.root, checkpoint = excluded.checkpoint, updated_at = clock_timestamp();
  delete from ops.logs_moved m where m.turn = any (turns);
  return true;
end $$;

-- Hashes of one level of tiles from an index on; level 0 are the leaves.
create function ops.logs_hashes (at_level integer, from_index bigint, hashes_max integer)
returns table (idx bigint, hash bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  (select l.idx, l.hash from ops.logs_leaf l where at_level = 0 and l.idx >= from_index order by l.idx limit least(hashes_max, 256))
  union all
  (select n.idx, n.hash from ops.logs_node n where n.level = at_level and n.idx >= from_index order by n.idx limit least(hashes_max, 256))
  order by 1
$$;

-- The newest leaf of the tenant of the transaction.
create function ops.logs_place ()
returns table (idx bigint, size bigint, entry bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select l.idx, l.size, l.entry from ops.logs_leaf l where l.tenant_id = app.current_tenant() order by l.idx desc limit 1
$$;

-- All of it, in order: for whoever checks the log of logs.
create function ops.logs_leaves (from_index bigint, leaves_max integer)
returns table (idx bigint, tenant_id uuid, size bigint, hash bytea, entry bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select l.idx, l.tenant_id, l.size, l.hash, l.entry from ops.logs_leaf l where l.idx >= from_index order by l.idx limit least(leaves_max, 1000)
$$;

grant execute on function app.current_tenant () to aegis_keeper;
grant select, insert on ops.logs_leaf, ops.logs_node to aegis_keeper;
grant select, insert, delete on ops.logs_moved to aegis_keeper;
grant select, insert, update on ops.logs_tree to aegis_keeper;
grant execute on function ops.note_moved (bigint, bytea), ops.moved_logs (integer), ops.logs_leaves (bigint, integer),
  ops.extend_logs (bigint, bigint, jsonb, jsonb, jsonb, bigint[]) to aegis_audit;
grant execute on function ops.logs_head (), ops.logs_hashes (integer, bigint, integer), ops.logs_place () to aegis_api, aegis_audit;
