-- why: what a closed account held goes, a batch at a time, children before what they name; lock: none (a function and grants)
-- Only of an account that is closed, which the server's clock decided; whoever calls names nobody. What stays: the audit log, whose leaves
-- are kept; heads of evidence packs, whose objects are under retention, with the bare rows that they name; ids of those who were members;
-- jobs, which hold ids alone. Answers how many rows it has dealt with; 0: there is nothing left.
create function app.erase_rows (rows_max integer) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  tenant constant uuid := app.current_tenant();
  done bigint := 0;
  gone bigint;
  rest text;
begin
  if not exists (select from app.tenant a where a.tenant_id = tenant and a.state = 'closed') then
    raise exception 'the account is not closed' using errcode = '55000';
  end if;
  foreach rest in array array[
    'delete from identity.credential x where x.tenant_id = $1 and x.hash = any (array(select y.hash from identity.credential y where y.tenant_id = $1 limit $2))',
    'delete from identity.forge_hook x where x.tenant_id = $1',
    'delete from identity.forge_claim x where x.tenant_id = $1',
    'delete from identity.elevation_place x where x.tenant_id = $1',
    'update app.member x set state = ''gone'', name = ''Former member'', email = null, leaves_at = coalesce(x.leaves_at, clock_timestamp())
      where x.tenant_id = $1 and x.id = any (array(select y.id from app.member y where y.tenant_id = $1 and y.state <> ''gone'' limit $2))',
    'app.passkey', 'app.invitation', 'app.session', 'app.api_token', 'app.audit_sink', 'app.audit_detail', 'app.audit_subject',
    'app.audit_export_part', 'app.audit_export', 'app.idempotency', 'app.staff_read', 'app.staff_opening', 'app.elevation', 'app.access_setting',
    'app.alarm', 'app.finding_act', 'app.sighting', 'app.tool_sighting', 'app.finding', 'app.change', 'app.forge_delivery', 'app.forge_flow', 'app.forge_repository',
    'app.forge_installation', 'app.forge_app', 'app.scan_event',
    'delete from app.scan x where x.tenant_id = $1 and x.id = any (array(select y.id from app.scan y where y.tenant_id = $1
      and not exists (select from app.evidence_pack p where p.tenant_id = $1 and p.scan_id = y.id) limit $2))',
    'update app.scan x set requested_by = ''erased'', options = ''{}'', coverage = null, tree_key = null, drafts_key = null, commit_id = null, archive_id = null
      where x.tenant_id = $1 and x.id = any (array(select y.id from app.scan y where y.tenant_id = $1 and y.requested_by <> ''erased'' limit $2))',
    'app.archive',
    'delete from app.repository x where x.tenant_id = $1 and x.id = any (array(select y.id from app.repository y where y.tenant_id = $1
      and not exists (select from app.scan s where s.tenant_id = $1 and s.repository_id = y.id) limit $2))',
    'update app.repository x set name = x.id::text, source = ''{}''
      where x.tenant_id = $1 and x.id = any (array(select y.id from app.repository y where y.tenant_id = $1 and y.source <> ''{}'' limit $2))'
  ] loop
    if rest not like '% %' then
      rest := format('delete from %1$s x where x.tenant_id = $1 and x.ctid = any (array(select y.ctid from %1$s y where y.tenant_id = $1 limit $2))', rest);
    end if;
    execute rest using tenant, rows_max - done;
    get diagnostics gone = row_count;
    done := done + gone;
    if done >= rows_max then return done; end if;
  end loop;
  return done;
end $$;

grant select, delete on app.passkey, app.invitation, app.session, app.api_token, app.audit_sink, app.audit_detail, app.audit_subject, app.audit_export_part,
  app.audit_export, app.idempotency, app.staff_read, app.staff_opening, app.elevation, app.access_setting, app.alarm, app.finding_act, app.sighting, app.tool_sighting, app.finding,
  app.change, app.forge_delivery, app.forge_flow, app.forge_repository, app.forge_installation, app.forge_app, app.scan_event, app.scan, app.archive,
  app.repository to aegis_keeper;
grant select on app.evidence_pack to aegis_keeper;
grant update (state, name, email, leaves_at) on app.member to aegis_keeper;
grant update (requested_by, options, coverage, tree_key, drafts_key, commit_id, archive_id) on app.scan to aegis_keeper;
grant update (name, source) on app.repository to aegis_keeper;
grant delete on identity.credential, identity.forge_hook, identity.forge_claim, identity.elevation_place to aegis_keeper;
grant execute on function app.erase_rows (integer) to aegis_worker;
