-- why: exports of the audit log as jobs that are taken up again where they stopped; lock: access exclusive on app.job for a moment
alter table app.job drop constraint job_kind_check;
alter table app.job add constraint job_kind_check check (kind in ('ingest.seal', 'scan.analyze', 'findings.record', 'evidence.keep', 'evidence.expire', 'export.bundle'));

-- What is to be exported is fixed when it is asked for; `progress` is what the writer must remember between two groups of leaves.
create table app.audit_export (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  state text not null default 'running' check (state in ('running', 'ready', 'failed')),
  plan jsonb not null,
  progress jsonb,
  size bigint not null check (size >= 0),
  done bigint not null default 0 check (done between 0 and size),
  matched bigint,
  bytes bigint,
  error_code text check (length(error_code) <= 100),
  created_at timestamptz(3) not null default clock_timestamp(),
  finished_at timestamptz(3),
  expires_at timestamptz(3),
  primary key (tenant_id, id),
  check ((state = 'ready') = (bytes is not null and expires_at is not null))
);
select app.protect('app.audit_export');
grant select, insert on app.audit_export to aegis_api;
grant select, update on app.audit_export to aegis_worker;

-- One sealed object of a stream of the archive. `bytes` is what it holds when it is opened.
create table app.audit_export_part (
  tenant_id uuid not null,
  export_id uuid not null,
  stream text not null check (length(stream) <= 20),
  place integer not null check (place >= 0),
  object_key text not null,
  object_version text not null,
  sha256 bytea not null check (length(sha256) = 32),
  bytes bigint not null check (bytes >= 0),
  primary key (tenant_id, export_id, stream, place),
  foreign key (tenant_id, export_id) references app.audit_export (tenant_id, id)
);
select app.protect('app.audit_export_part');
grant select on app.audit_export_part to aegis_api;
grant select, insert, delete on app.audit_export_part to aegis_worker;
grant select on app.audit_leaf, app.audit_node to aegis_worker;
