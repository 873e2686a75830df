-- why: personal data of audit events, beside the log and under a key for each person, so that it can be destroyed; lock: none (new tables)
-- The leaf holds SHA-256(salt || bytes). Salt and bytes lie here, sealed; the key of their person lies here too, sealed under the
-- tenant's key. Without the key nothing in a copy of these tables opens.
create table app.audit_subject (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  subject text not null check (length(subject) between 1 and 200),
  sealed_key bytea not null,
  created_at timestamptz(3) not null default clock_timestamp(),
  primary key (tenant_id, id),
  unique (tenant_id, subject)
);
select app.protect('app.audit_subject');
grant select, insert, delete on app.audit_subject to aegis_api, aegis_worker;

create table app.audit_detail (
  tenant_id uuid not null,
  event_id uuid not null,
  subject_id uuid not null,
  sealed bytea not null,
  primary key (tenant_id, event_id),
  foreign key (tenant_id, subject_id) references app.audit_subject (tenant_id, id) on delete cascade
);
select app.protect('app.audit_detail');
create index audit_detail_subject on app.audit_detail (tenant_id, subject_id);
grant select, insert on app.audit_detail to aegis_api, aegis_worker;
