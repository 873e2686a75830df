-- why: witnesses of a tenant's log, their cosignatures, and how far a log may go without them; lock: access exclusive on ops.ready_tenant for a moment
create table app.audit_witness (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  verifier_key text not null check (length(verifier_key) between 10 and 4000),
  url text not null check (length(url) between 10 and 500),
  -- size of the checkpoint that it cosigned last, as far as we know: what its next consistency proof starts from
  known_size bigint not null default 0 check (known_size >= 0),
  failures integer not null default 0,
  created_at timestamptz(3) not null default clock_timestamp(),
  primary key (tenant_id, id)
);
select app.protect('app.audit_witness');
grant select, insert, delete on app.audit_witness to aegis_api;
grant select, update (known_size, failures) on app.audit_witness to aegis_audit;

-- How many witnesses must have cosigned, and how many leaves the log may be ahead of them; no row: it goes on without.
create table app.audit_setting (
  tenant_id uuid primary key references app.tenant (tenant_id),
  witnesses_min integer not null check (witnesses_min >= 1),
  unwitnessed_max bigint not null check (unwitnessed_max >= 1)
);
select app.protect('app.audit_setting');
grant select, insert, update, delete on app.audit_setting to aegis_api;
grant select on app.audit_setting to aegis_audit;

create table app.audit_cosignature (
  tenant_id uuid not null,
  witness_id uuid not null,
  size bigint not null check (size > 0),
  checkpoint text not null,
  line text not null,
  witnessed_at timestamptz(3) not null,
  primary key (tenant_id, witness_id, size),
  foreign key (tenant_id, witness_id) references app.audit_witness (tenant_id, id) on delete cascade
);
select app.protect('app.audit_cosignature');
grant select on app.audit_cosignature to aegis_api;
grant select, insert, delete on app.audit_cosignature to aegis_audit;

alter table ops.ready_tenant drop constraint ready_tenant_queue_check;
alter table ops.ready_tenant add constraint ready_tenant_queue_check check (queue in ('job', 'audit', 'witness'));
grant execute on function ops.mark_ready (text), ops.mark_ready_at (text, timestamptz), ops.begin_turn (text) to aegis_audit;
