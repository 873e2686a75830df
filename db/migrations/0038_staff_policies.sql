-- why: policies let staff through by an active elevation alone, and name who else they let through; lock: access exclusive on every table of schema app for a moment (policies are altered)
-- `floor` stays for everybody, and with it the proof of the tenant. `allow` names the roles of the product: staff are not among them, so a
-- right that is granted to staff by mistake shows nothing. A role that takes itself out of a policy (CVE-2026-116311) loses by it.
create or replace function app.protect (t regclass) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  rule constant text := '(tenant_id = (select app.current_tenant()))';
begin
  execute format('alter table %s enable row level security', t);
  execute format('alter table %s force row level security', t);
  execute format('create policy floor on %s as restrictive for all to public using %s with check %s', t, rule, rule);
  execute format('create policy allow on %s as permissive for all to aegis_api, aegis_worker, aegis_audit, aegis_keeper using %s with check %s', t, rule, rule);
end $$;
do $$
declare
  t regclass;
begin
  for t in select p.polrelid from pg_policy p where p.polname = 'allow' loop
    execute format('alter policy allow on %s to aegis_api, aegis_worker, aegis_audit, aegis_keeper', t);
  end loop;
end $$;

-- Asked for each row and not once a statement: a cursor that was opened while the elevation was active shows nothing after its end. Staff
-- read pages, and pay for it; nobody else evaluates it. Without the note of this very transaction nothing shows either.
create function app.staff_sees (row_tenant uuid, needed integer) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  return exists (select from identity.active_elevation(row_tenant) e where e.reach >= needed
    and exists (select from app.staff_read r where r.tenant_id = e.tenant_id and r.elevation_id = e.id and r.transaction = pg_current_xact_id_if_assigned()));
end $$;
grant execute on function app.staff_sees (uuid, integer) to aegis_staff;

-- The proof of staff has a part more than others; looked at only where the common form does not hold.
create or replace function app.current_tenant () returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  proof constant text := current_setting('app.tenant_proof', true);
  inward bytea;
  outward bytea;
  secret bytea;
  backend text;
begin
  if proof is null or proof = '' then return null; end if;
  select k.inner_pad, k.outer_pad into inward, outward from identity.proof_key k
  where k.kid = left(proof, 8) and (k.retired_at is null or k.retired_at > clock_timestamp() - interval '1 minute');
  secret := sha256(outward || sha256(inward || convert_to(left(proof, 56) || '.' || session_user, 'UTF8')));
  backend := case when substr(proof, 58, 1) = '*' then '*' else pg_backend_pid()::text end;
  if sha256(convert_to(substr(proof, 57), 'UTF8')) is distinct from
    sha256(convert_to('.' || backend || '.' || encode(sha256(secret || convert_to(backend, 'UTF8')), 'hex'), 'UTF8'))
  then
    if session_user = 'aegis_staff' then return identity.staff_tenant(proof); end if;
    raise exception 'the proof of the tenant does not hold' using errcode = '28000';
  end if;
  if substr(proof, 47, 10)::bigint < date_part('epoch', clock_timestamp()) then
    raise exception 'the proof of the tenant has expired' using errcode = '28000';
  end if;
  return substr(proof, 10, 36)::uuid;
end $$;
grant execute on function app.current_tenant () to aegis_staff;

-- Opens a table to staff whose elevation reaches as far. For reading: no policy lets them write.
create function app.show_to_staff (t regclass, reach integer) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('create policy staff on %s as permissive for select to aegis_staff using (app.staff_sees(tenant_id, %s))', t, reach);
end $$;
select app.show_to_staff(t, 1) from unnest(array['app.tenant', 'app.repository', 'app.scan', 'app.job', 'app.audit_tree']::regclass[]) t;
select app.show_to_staff(t, 2) from unnest(array['app.finding', 'app.sighting']::regclass[]) t;
select app.show_to_staff('app.evidence_pack', 3);
-- metadata: what there is and how it goes; no source, no payload, no option
grant select on app.tenant to aegis_staff;
grant select (tenant_id, id, name, created_at) on app.repository to aegis_staff;
grant select (tenant_id, id, repository_id, state, stage, files_total, files_done, finding_count, error_code, created_at, started_at, finished_at)
  on app.scan to aegis_staff;
grant select (tenant_id, id, kind, state, attempts, error_code, not_before, created_at, finished_at) on app.job to aegis_staff;
grant select (tenant_id, size, updated_at) on app.audit_tree to aegis_staff;
-- findings: where and what, with the detail that the dashboard shows
grant select (tenant_id, id, repository_id, analyzer, rule_id, rule_version, severity, confidence, score, title, path, start_line, state, detail,
  first_scan_id, last_scan_id, first_seen_at) on app.finding to aegis_staff;
grant select (tenant_id, scan_id, finding_id, pack_id, sha256) on app.sighting to aegis_staff;
-- evidence: which objects there are and their digests; what is in them opens with the tenant's keys, which staff do not hold
grant select (tenant_id, id, scan_id, bytes, sha256, merkle_root, entry_count, sealed_at, retain_until, hold, expired_at, removed_at)
  on app.evidence_pack to aegis_staff;
