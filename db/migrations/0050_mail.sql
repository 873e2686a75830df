-- why: owners are told by mail of what they must know at once; the outbox keeps each message until it has gone; lock: access exclusive on app.job for a moment
-- No address and no text: both are made when it is sent, from who the member is then and from ids, codes and times.
create table app.mail (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  member_id uuid not null,
  kind text not null check (kind in ('operator.requested', 'operator.started', 'tenant.closing', 'tenant.kept')),
  facts jsonb not null,
  state text not null default 'waiting' check (state in ('waiting', 'sent', 'failed')),
  attempts integer not null default 0 check (attempts >= 0),
  error_code text check (length(error_code) <= 100),
  created_at timestamptz(3) not null default clock_timestamp(),
  sent_at timestamptz(3),
  primary key (tenant_id, id),
  foreign key (tenant_id, member_id) references app.member (tenant_id, id),
  check ((state = 'sent') = (sent_at is not null))
);
create index mail_order on app.mail (tenant_id, created_at, id);
select app.protect('app.mail');
grant select on app.mail to aegis_api, aegis_worker;
grant update (state, attempts, error_code, sent_at) on app.mail to aegis_worker;
grant select, insert, delete on app.mail to aegis_keeper;

-- Writes to every owner who has an address, in the transaction of what they are told of.
create function identity.mail_owners (tenant uuid, about text, said jsonb) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  owner_id uuid;
  message uuid;
begin
  for owner_id in
    select m.id from app.member m where m.tenant_id = tenant and m.role = 'owner' and m.state = 'active' and m.email is not null order by m.id limit 50
  loop
    message := identity.time_id();
    insert into app.mail (tenant_id, id, member_id, kind, facts) values (tenant, message, owner_id, about, said);
    insert into app.job (tenant_id, id, kind, payload) values (tenant, identity.time_id(), 'mail.send', jsonb_build_object('tenantId', tenant, 'mailId', message));
    perform ops.mark_ready('job');
  end loop;
end $$;
create function identity.mail_of_elevation () returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'INSERT' and new.started_at is not null or tg_op = 'UPDATE' and old.started_at is null and new.started_at is not null then
    perform identity.mail_owners(new.tenant_id, 'operator.started',
      jsonb_build_object('ticket', new.ticket, 'scope', new.scope, 'minutes', new.minutes, 'person', new.person_name));
  elsif tg_op = 'INSERT' then
    perform identity.mail_owners(new.tenant_id, 'operator.requested',
      jsonb_build_object('ticket', new.ticket, 'scope', new.scope, 'minutes', new.minutes, 'person', new.person_name));
  end if;
  return null;
end $$;
create trigger mail_of_elevation after insert or update on app.elevation for each row execute function identity.mail_of_elevation();
create function identity.mail_of_tenant () returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if new.state = 'closing' then
    perform identity.mail_owners(new.tenant_id, 'tenant.closing', jsonb_build_object('closesAt', to_char(new.closes_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  elsif new.state = 'open' then
    perform identity.mail_owners(new.tenant_id, 'tenant.kept', '{}');
  end if;
  return null;
end $$;
create trigger mail_of_tenant after update on app.tenant for each row when (old.state is distinct from new.state) execute function identity.mail_of_tenant();

do $$
declare
  kinds constant text := (select pg_get_constraintdef(c.oid) from pg_constraint c where c.conrelid = 'app.job'::regclass and c.conname = 'job_kind_check');
  erases constant text := pg_get_functiondef('app.erase_rows(integer)'::regprocedure);
  erases_mail constant text := replace(erases, '''app.alarm'',', '''app.mail'', ''app.alarm'',');
begin
  alter table app.job drop constraint job_kind_check;
  execute 'alter table app.job add constraint job_kind_check ' || replace(kinds, 'ARRAY[', 'ARRAY[''mail.send''::text, ');
  if erases_mail = erases then raise exception 'the function is not the one that this was written for'; end if;
  execute erases_mail;
end $$;
grant execute on function identity.mail_owners (uuid, text, jsonb) to aegis_keeper;
