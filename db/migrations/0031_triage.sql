-- why: people decide about findings, and what was decided or said stays; lock: app.finding while the check of its state is replaced
alter table app.finding drop constraint finding_state_check;
alter table app.finding add constraint finding_state_check check (state in ('open', 'reopened', 'in_review', 'confirmed', 'fixed'));
-- which scan saw that it was gone, and which saw it again after that
alter table app.finding add column fixed_scan_id uuid, add column reopened_scan_id uuid,
  add foreign key (tenant_id, fixed_scan_id) references app.scan (tenant_id, id),
  add foreign key (tenant_id, reopened_scan_id) references app.scan (tenant_id, id);
grant update (state) on app.finding to aegis_api;

-- What happened to a finding, oldest first: how its state moved and what was said about it. Rows are added, never changed.
create table app.finding_act (
  tenant_id uuid not null,
  id uuid not null,
  finding_id uuid not null,
  at timestamptz(3) not null default clock_timestamp(),
  actor_type text not null check (length(actor_type) between 1 and 40),
  actor_id text not null check (length(actor_id) between 1 and 100),
  from_state text,
  to_state text,
  comment text check (length(comment) between 1 and 4000),
  scan_id uuid,
  primary key (tenant_id, id),
  foreign key (tenant_id, finding_id) references app.finding (tenant_id, id),
  foreign key (tenant_id, scan_id) references app.scan (tenant_id, id),
  check ((from_state is null) = (to_state is null) and coalesce(to_state, comment) is not null)
);
select app.protect('app.finding_act');
create index finding_act_of_finding on app.finding_act (tenant_id, finding_id, at, id);
grant select, insert on app.finding_act to aegis_api;
grant insert on app.finding_act to aegis_worker;
