-- why: findings, and each time a scan saw one; lock: none (new tables)
create table app.finding (
  tenant_id uuid not null, -- that the tenant exists is what the repository's own key says; a second look costs every row
  id uuid not null,
  repository_id uuid not null,
  fingerprint bytea not null check (length(fingerprint) = 32),
  analyzer text not null,
  rule_id text not null,
  rule_version integer not null,
  severity smallint not null check (severity between 0 and 4),
  confidence smallint not null check (confidence between 0 and 2),
  score smallint not null check (score between 0 and 100),
  title text not null,
  path text not null,
  start_line integer not null,
  state text not null default 'open' check (state in ('open', 'fixed')),
  detail jsonb not null,
  first_scan_id uuid not null,
  last_scan_id uuid not null,
  first_seen_at timestamptz(3) not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, repository_id, fingerprint),
  foreign key (tenant_id, repository_id) references app.repository (tenant_id, id),
  foreign key (tenant_id, first_scan_id) references app.scan (tenant_id, id),
  foreign key (tenant_id, last_scan_id) references app.scan (tenant_id, id)
) with (fillfactor = 70);
select app.protect('app.finding');
create index finding_worst on app.finding (tenant_id, score desc, id);
create index finding_worst_of_repository on app.finding (tenant_id, repository_id, score desc, id);
grant select on app.finding to aegis_api;
grant select, insert, update on app.finding to aegis_worker;

-- One row for each finding that a scan saw, with its proof: which pack, which bytes, which digest.
create table app.sighting (
  tenant_id uuid not null,
  scan_id uuid not null,
  finding_id uuid not null,
  pack_id uuid not null,
  pack_offset integer not null check (pack_offset >= 0),
  pack_length integer not null check (pack_length >= 1),
  leaf_index integer not null check (leaf_index >= 0),
  sha256 bytea not null check (length(sha256) = 32),
  primary key (tenant_id, scan_id, finding_id),
  foreign key (tenant_id, scan_id) references app.scan (tenant_id, id),
  foreign key (tenant_id, finding_id) references app.finding (tenant_id, id),
  foreign key (tenant_id, pack_id) references app.evidence_pack (tenant_id, id)
);
select app.protect('app.sighting');
create index sighting_of_finding on app.sighting (tenant_id, finding_id);
grant select on app.sighting to aegis_api;
grant select, insert on app.sighting to aegis_worker;
