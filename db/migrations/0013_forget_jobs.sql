-- why: jobs that ended long ago are forgotten, a few with each new one, so that the outbox does not grow for ever; lock: share on app.job while the index is made
create index job_ended on app.job (tenant_id, finished_at) where finished_at is not null;

-- Of the tenant of the transaction. What happened is in the audit log; a row here is only of use while somebody may ask after the job.
-- The age is not the caller's to choose, so that nobody can make a fresh failure vanish.
create function ops.forget_jobs (jobs_max integer) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  delete from app.job where tenant_id = app.current_tenant() and id in (
    select id from app.job where tenant_id = app.current_tenant() and finished_at < clock_timestamp() - interval '90 days'
    order by finished_at limit least(jobs_max, 1000) for update skip locked)
$$;
grant select (tenant_id, id, finished_at), update (id), delete on app.job to aegis_keeper;
grant execute on function ops.forget_jobs (integer) to aegis_api, aegis_worker;
