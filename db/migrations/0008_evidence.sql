-- why: heads of sealed evidence packs; the packs themselves are write-once objects; lock: none (new table)
create table app.evidence_pack (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  scan_id uuid not null,
  object_key text not null,
  object_version text not null,
  bytes bigint not null check (bytes >= 0),
  sha256 bytea not null check (length(sha256) = 32),
  merkle_root bytea not null check (length(merkle_root) = 32),
  entry_count integer not null check (entry_count >= 0),
  retain_until timestamptz(3) not null,
  sealed_at timestamptz(3) not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, scan_id) references app.scan (tenant_id, id)
);
select app.protect('app.evidence_pack');
create index evidence_pack_of_scan on app.evidence_pack (tenant_id, scan_id);
grant select on app.evidence_pack to aegis_api;
grant select, insert on app.evidence_pack to aegis_worker;
