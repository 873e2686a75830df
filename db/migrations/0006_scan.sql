-- why: scans and the events that draw their progress; lock: none (new tables)
create table app.scan (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  repository_id uuid not null,
  state text not null default 'queued' check (state in ('queued', 'running', 'succeeded', 'incomplete', 'failed', 'cancelled')),
  stage text not null default 'queued' check (stage in ('queued', 'ingest', 'analyze', 'record', 'done')),
  options jsonb not null default '{}',
  requested_by text not null check (length(requested_by) <= 150),
  cancel_requested_at timestamptz(3),
  files_total integer not null default 0,
  files_done integer not null default 0,
  finding_count integer not null default 0,
  tree_sha256 bytea check (length(tree_sha256) = 32),
  tree_key text,
  drafts_key text,
  drafts_version text,
  drafts_sha256 bytea check (length(drafts_sha256) = 32),
  coverage jsonb,
  error_code text,
  created_at timestamptz(3) not null default now(),
  started_at timestamptz(3),
  finished_at timestamptz(3),
  primary key (tenant_id, id),
  foreign key (tenant_id, repository_id) references app.repository (tenant_id, id),
  check ((state in ('succeeded', 'incomplete', 'failed', 'cancelled')) = (finished_at is not null))
);
select app.protect('app.scan');
create index scan_newest on app.scan (tenant_id, created_at desc, id desc);
create index scan_of_repository on app.scan (tenant_id, repository_id, created_at desc, id desc);
grant select, insert, update on app.scan to aegis_api;
grant select, update on app.scan to aegis_worker;

create table app.scan_event (
  tenant_id uuid not null,
  scan_id uuid not null,
  seq integer not null check (seq >= 1),
  at timestamptz(3) not null default clock_timestamp(),
  progress jsonb not null,
  primary key (tenant_id, scan_id, seq),
  foreign key (tenant_id, scan_id) references app.scan (tenant_id, id)
);
select app.protect('app.scan_event');
grant select, insert on app.scan_event to aegis_api, aegis_worker;
