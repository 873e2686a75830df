-- why: one flaw is one row, however many tools see it; lock: access exclusive on app.finding and app.sighting while their keys are replaced
-- What one tool says of a finding. The finding stands while one of its sightings lives; each ends by its own tool.
create table app.tool_sighting (
  tenant_id uuid not null,
  id uuid not null,
  repository_id uuid not null, -- as the finding has it
  finding_id uuid not null,
  tool text not null check (length(tool) between 1 and 100),
  fingerprint bytea not null check (length(fingerprint) = 32), -- of its newest report
  rule_id text not null,
  rule_version integer not null,
  rank smallint not null, -- which of several is shown: the lowest
  traits jsonb not null, -- what it is known by in later scans and beside other tools
  shown jsonb, -- the finding as this tool tells it; kept only where several do
  first_scan_id uuid not null,
  last_scan_id uuid not null,
  ended_scan_id uuid, -- the tool looked again, and it was gone
  first_seen_at timestamptz(3) not null default now(),
  last_seen_at timestamptz(3) not null default now(),
  primary key (tenant_id, id)
) with (fillfactor = 70);
select app.protect('app.tool_sighting');
-- No unique key on the fingerprint: of two equal statements one may take the other's when that goes. Recordings of a repository pass one at a time.
create index tool_sighting_of_tool on app.tool_sighting (tenant_id, repository_id, tool);
create index tool_sighting_of_finding on app.tool_sighting (tenant_id, finding_id);
select app.refer('app.tool_sighting', 'finding_id', 'app.finding', may_change => true);
select app.refer('app.tool_sighting', 'last_scan_id', 'app.scan', may_change => true);
grant select on app.tool_sighting to aegis_api;
grant select, insert, update on app.tool_sighting to aegis_worker;
grant select (tenant_id, finding_id, tool, rule_id, rule_version, first_scan_id, last_scan_id, ended_scan_id, first_seen_at, last_seen_at)
  on app.tool_sighting to aegis_staff;
select app.show_to_staff('app.tool_sighting', 2);

-- A finding is what its sightings say it is: its fingerprint is that of the one that is shown.
alter table app.finding drop constraint finding_tenant_id_repository_id_fingerprint_key,
  add column joined_to uuid, -- it turned out to be the same as this one
  add foreign key (tenant_id, joined_to) references app.finding (tenant_id, id);

insert into app.tool_sighting (tenant_id, id, repository_id, finding_id, tool, fingerprint, rule_id, rule_version, rank, traits, first_scan_id,
  last_scan_id, ended_scan_id, first_seen_at, last_seen_at)
select tenant_id, gen_random_uuid(), repository_id, id, case analyzer when 'import' then split_part(rule_id, '/', 1) else analyzer end, fingerprint,
  rule_id, rule_version, case analyzer when 'import' then 10 else 0 end, jsonb_build_object('near', '', 'form', '', 'before', '', 'after', '',
    'path', path, 'place', jsonb_build_array(start_line, 1, start_line, 1), 'topic', 'rule ' || rule_id),
  first_scan_id, last_scan_id, fixed_scan_id, first_seen_at, first_seen_at
from app.finding;

-- One scan may hold two proofs of one finding: of each analyzer that saw it. Proofs of before say not whose they are.
alter table app.sighting add column tool_sighting_id uuid, drop constraint sighting_pkey, add primary key (tenant_id, scan_id, finding_id, pack_id, leaf_index);
