-- why: how long evidence is kept, who wants it kept longer, what has expired, and alarms when it is not what was sealed; lock: access exclusive on app.evidence_pack, app.scan and app.job for a moment
alter table app.scan add column commit_id text check (commit_id ~ '^[0-9a-f]{40}(?:[0-9a-f]{24})?$');

-- What the tenant wants stands here first; a job makes the object store say the same, and then the row says that too.
alter table app.evidence_pack
  add column hold text not null default 'none' check (hold in ('none', 'placing', 'held', 'lifting')),
  add column hold_reason text check (length(hold_reason) between 1 and 300),
  add column retain_wanted timestamptz(3),
  add column expired_at timestamptz(3),
  add column removed_at timestamptz(3),
  add check ((hold = 'none') = (hold_reason is null)),
  add check (removed_at is null or expired_at is not null);
grant update (hold, hold_reason, retain_wanted) on app.evidence_pack to aegis_api;
grant update (hold, hold_reason, retain_wanted, retain_until, expired_at, removed_at) on app.evidence_pack to aegis_worker;

-- Whoever writes, the owner of the table included: what was sealed stays as it was recorded, a date moves further and never closer, and
-- nothing expires before its date, by this server's clock, or while it is held.
create function app.keep_evidence () returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (old.tenant_id, old.id, old.scan_id, old.object_key, old.object_version, old.bytes, old.sha256, old.merkle_root, old.entry_count, old.sealed_at)
    is distinct from (new.tenant_id, new.id, new.scan_id, new.object_key, new.object_version, new.bytes, new.sha256, new.merkle_root, new.entry_count, new.sealed_at)
  then raise exception 'what was sealed is not recorded anew' using errcode = '55000'; end if;
  if new.retain_until < old.retain_until or new.retain_wanted < old.retain_until then
    raise exception 'retention is not shortened' using errcode = '55000';
  end if;
  if old.expired_at is not null and (new.expired_at, new.hold, new.retain_until) is distinct from (old.expired_at, old.hold, old.retain_until) then
    raise exception 'what has expired stays expired' using errcode = '55000';
  end if;
  if old.expired_at is null and new.expired_at is not null and (new.retain_until > now() or new.hold <> 'none' or new.retain_wanted > now()) then
    raise exception 'evidence that is kept does not expire' using errcode = '55000';
  end if;
  return new;
end $$;
create trigger keep_evidence before update on app.evidence_pack for each row execute function app.keep_evidence ();

-- Something is not as it was sealed. One open alarm a pack and kind; it stays until a human has acknowledged it.
create table app.alarm (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  kind text not null check (kind in ('evidence.mismatch', 'evidence.missing')),
  reason text not null check (length(reason) <= 100),
  pack_id uuid not null,
  finding_id uuid,
  raised_at timestamptz(3) not null default now(),
  seen_at timestamptz(3) not null default now(),
  times integer not null default 1 check (times >= 1),
  acknowledged_at timestamptz(3),
  acknowledged_by text check (length(acknowledged_by) <= 150),
  primary key (tenant_id, id),
  foreign key (tenant_id, pack_id) references app.evidence_pack (tenant_id, id),
  check ((acknowledged_at is null) = (acknowledged_by is null))
);
select app.protect('app.alarm');
create unique index alarm_open on app.alarm (tenant_id, pack_id, kind) where acknowledged_at is null;
create index alarm_newest on app.alarm (tenant_id, id desc);
grant select, insert, update (seen_at, times, reason, finding_id, acknowledged_at, acknowledged_by) on app.alarm to aegis_api;
grant select, insert, update (seen_at, times, reason, finding_id) on app.alarm to aegis_worker;

alter table app.job drop constraint job_kind_check,
  add constraint job_kind_check check (kind in ('ingest.seal', 'scan.analyze', 'findings.record', 'evidence.keep', 'evidence.expire'));
