-- why: streams of a tenant's log to places of its own, each with a cursor; lock: access exclusive on ops.ready_tenant for a moment
create table app.audit_sink (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  target jsonb not null,
  -- sealed by whoever adds the sink for whoever delivers; null where the place asks for none
  secret bytea check (length(secret) <= 4096),
  -- index of the leaf that is delivered next: whatever is before it was taken
  cursor bigint not null check (cursor >= 0),
  failures integer not null default 0,
  error_code text check (length(error_code) <= 100),
  failed_at timestamptz(3),
  delivered_at timestamptz(3),
  -- until then a delivery is under way, or waits after a failure
  busy_until timestamptz(3),
  created_at timestamptz(3) not null default clock_timestamp(),
  primary key (tenant_id, id)
);
select app.protect('app.audit_sink');
-- whoever adds a sink cannot read a secret back
grant select (tenant_id, id, target, cursor, failures, error_code, failed_at, delivered_at, created_at), insert, delete
  on app.audit_sink to aegis_api;
grant select, update (cursor, failures, error_code, failed_at, delivered_at, busy_until) on app.audit_sink to aegis_audit;
alter table ops.ready_tenant drop constraint ready_tenant_queue_check;
alter table ops.ready_tenant add constraint ready_tenant_queue_check check (queue in ('job', 'audit', 'witness', 'stream'));
