-- why: the roles of the product; lock: none
-- Roles belong to the cluster, so they may be here already. Log-in roles own nothing, are members of nothing and have no attribute;
-- no role ever gains or loses one, because a cached plan would outlive the change. Passwords come from the runner.
do $$
declare
  name text;
begin
  -- owns the tables; keeps what is read before a tenant is known
  foreach name in array array['aegis_owner', 'aegis_keeper'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I nologin noinherit', name);
    end if;
  end loop;
  -- requests; jobs; look-ups before a tenant is known; staff (nothing yet); the sequencer of the audit log; the queue's own database
  foreach name in array array['aegis_api', 'aegis_worker', 'aegis_identity', 'aegis_staff', 'aegis_audit', 'aegis_queue'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I login noinherit', name);
    end if;
  end loop;
end $$;
