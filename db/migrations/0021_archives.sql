-- why: archives that a tenant has uploaded, each for one scan; lock: none (new table)
-- Their bytes lie in the work folder until the scan has unpacked them; the row stays as the record of what was given.
create table app.archive (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  repository_id uuid not null,
  bytes bigint not null check (bytes between 1 and 536870912),
  sha256 bytea not null check (length(sha256) = 32),
  claimed_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, repository_id) references app.repository (tenant_id, id)
);
select app.protect('app.archive');
create index archive_pending on app.archive (tenant_id, created_at) where claimed_at is null;
create index archive_repository on app.archive (tenant_id, repository_id);
grant select, insert, update (claimed_at) on app.archive to aegis_api;
grant select on app.archive to aegis_worker;
