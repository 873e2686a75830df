-- why: a worker reads a log only while it holds a job of that tenant that is made of the log; lock: access exclusive on app.audit_leaf, app.audit_node for a moment (revoke)
-- The role alone reads nothing: the tenant is that of the transaction, and the job must be one that this tenant asked for, taken up and
-- with a lease that has not run out. What lies beyond the signed size is not given out.
create function ops.holds_log_job (job uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select from app.job j where j.tenant_id = app.current_tenant() and j.id = holds_log_job.job
    and j.kind = 'export.bundle' and j.state = 'running' and j.lease_until > clock_timestamp())
$$;
create function ops.job_leaves (job uuid, from_index bigint, leaves_max integer)
returns table (idx bigint, hash bytea, entry bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select l.idx, l.hash, l.entry from app.audit_leaf l
  where l.tenant_id = app.current_tenant() and l.idx >= from_index and l.idx < (select t.size from app.audit_tree t where t.tenant_id = app.current_tenant())
    and (select ops.holds_log_job(job_leaves.job))
  order by l.idx limit least(leaves_max, 1000)
$$;
-- Hashes of one level of tiles from an index on; level 0 are the leaves.
create function ops.job_hashes (job uuid, at_level integer, from_index bigint, hashes_max integer)
returns table (idx bigint, hash bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  (select l.idx, l.hash from app.audit_leaf l
   where at_level = 0 and l.tenant_id = app.current_tenant() and l.idx >= from_index and (select ops.holds_log_job(job_hashes.job))
   order by l.idx limit least(hashes_max, 256))
  union all
  (select n.idx, n.hash from app.audit_node n
   where n.tenant_id = app.current_tenant() and n.level = at_level and n.idx >= from_index and (select ops.holds_log_job(job_hashes.job))
   order by n.idx limit least(hashes_max, 256))
  order by 1
$$;
revoke select on app.audit_leaf, app.audit_node from aegis_worker;
grant select (tenant_id, idx, hash, entry) on app.audit_leaf to aegis_keeper;
grant select (tenant_id, level, idx, hash) on app.audit_node to aegis_keeper;
grant select (tenant_id, size) on app.audit_tree to aegis_keeper;
grant select (kind, lease_until) on app.job to aegis_keeper;
grant execute on function ops.job_leaves (uuid, bigint, integer), ops.job_hashes (uuid, integer, bigint, integer) to aegis_worker;
