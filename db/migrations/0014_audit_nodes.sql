-- why: the roots of full tiles, so that one entry is proved without reading the whole log; lock: access exclusive on app.audit_leaf for a moment
-- One row for each full tile of 256 hashes: level 1 is over leaves, level 2 over level 1. Made by the sequencer as the tree grows and
-- never changed. Logs from before this are proved all the same: what has no row is made from the level below.
create table app.audit_node (
  tenant_id uuid not null references app.tenant (tenant_id),
  level smallint not null check (level between 1 and 7),
  idx bigint not null check (idx >= 0),
  hash bytea not null check (length(hash) = 32),
  primary key (tenant_id, level, idx)
);
select app.protect('app.audit_node');
grant select on app.audit_node to aegis_api;
grant select, insert on app.audit_node to aegis_audit;
create trigger keep_leaf before update or delete on app.audit_node for each row execute function app.keep_leaf();
create trigger keep_leaves before truncate on app.audit_node execute function app.keep_leaf();

-- An event has one place: the database refuses a second, whatever a sequencer does. Leaves from before this have none.
alter table app.audit_leaf add column event_id uuid;
create unique index audit_leaf_event on app.audit_leaf (tenant_id, event_id);
