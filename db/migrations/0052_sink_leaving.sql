-- why: a stream of the log goes as a member does: nothing more at once, its secret for good after five minutes, brought back in between; lock: access exclusive on app.audit_sink and app.job for a moment
alter table app.audit_sink
  add column state text not null default 'active' check (state in ('active', 'leaving')),
  add column leaves_at timestamptz(3),
  add check ((state = 'active') = (leaves_at is null));
create function app.move_sink () returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if old.state = 'active' then
    new.leaves_at := clock_timestamp() + interval '5 minutes';
  elsif old.leaves_at > clock_timestamp() then
    new.leaves_at := null;
  else
    raise exception 'the time of this sink is over' using errcode = '55000';
  end if;
  return new;
end $$;
create trigger move_sink before update on app.audit_sink for each row when (old.state is distinct from new.state) execute function app.move_sink();
-- Whoever removes one says so; it goes by the worker's hand, once its time is over.
create function app.keep_sink () returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if session_user = 'aegis_worker' and (old.state = 'active' or old.leaves_at > clock_timestamp())
    and not exists (select from app.tenant t where t.tenant_id = old.tenant_id and t.state = 'closed') then
    raise exception 'the time of this sink is not over' using errcode = '55000';
  end if;
  return old;
end $$;
create trigger keep_sink before delete on app.audit_sink for each row execute function app.keep_sink();
revoke delete on app.audit_sink from aegis_api;
grant select (state, leaves_at), update (state) on app.audit_sink to aegis_api;
grant select (state) on app.audit_sink to aegis_audit;
grant select (tenant_id, id, state, leaves_at), delete on app.audit_sink to aegis_worker;
do $$
declare
  kinds constant text := (select pg_get_constraintdef(c.oid) from pg_constraint c where c.conrelid = 'app.job'::regclass and c.conname = 'job_kind_check');
begin
  alter table app.job drop constraint job_kind_check;
  execute 'alter table app.job add constraint job_kind_check ' || replace(kinds, 'ARRAY[', 'ARRAY[''sink.leave''::text, ');
end $$;
