-- why: people of a tenant and their roles; credentials know whose they are, when they were used and how long they may lie idle; lock: access exclusive on identity.credential, app.session and app.api_token for a moment
create table app.member (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  name text not null check (length(name) between 1 and 200),
  email text check (length(email) between 3 and 254 and email = lower(email)), -- none: the first owner, who came by the operator's hand
  role text not null check (role in ('owner', 'admin', 'analyst', 'developer', 'auditor')),
  state text not null default 'active' check (state in ('active', 'leaving', 'gone')),
  leaves_at timestamptz(3), -- until then a member who is leaving may be brought back
  created_at timestamptz(3) not null default clock_timestamp(),
  primary key (tenant_id, id),
  check (state = 'active' or leaves_at is not null)
);
create unique index member_email on app.member (tenant_id, email) where state <> 'gone';
create index member_order on app.member (tenant_id, created_at, id);
select app.protect('app.member');
grant select, insert on app.member to aegis_api;
grant update (name, email, role, state, leaves_at) on app.member to aegis_api;

-- A token that a member made does no more than that member may. A session is a person's unless it was started with a token.
alter table app.api_token add column member_id uuid, add foreign key (tenant_id, member_id) references app.member (tenant_id, id);
alter table app.session add column member_id uuid, add column client text check (length(client) between 1 and 100),
  add foreign key (tenant_id, member_id) references app.member (tenant_id, id);

-- `role` is a copy, kept by a trigger in the transaction of the change, so that one row by its key answers each request; null while its
-- member may not come in. Idle is measured from the last use, which is noted once a minute.
alter table identity.credential add column member_id uuid, add column role text, add column person boolean not null default false,
  add column idle_seconds integer check (idle_seconds > 0), add column last_used_at timestamptz(3);
create index credential_subject on identity.credential (tenant_id, subject_id);
create index credential_member on identity.credential (tenant_id, member_id);

create function identity.follow_member () returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update identity.credential c set role = case when new.state = 'active' then new.role end
  where c.tenant_id = new.tenant_id and c.member_id = new.id;
  return null;
end $$;
create trigger follow_member after update on app.member for each row
  when ((old.role, old.state) is distinct from (new.role, new.state)) execute function identity.follow_member();

drop function identity.find_credential (bytea);
create function identity.find_credential (credential_hash bytea)
returns table (tenant_id uuid, kind text, subject_id uuid, member_id uuid, role text, person boolean, scope text, expires_at timestamptz, pass text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  c identity.credential;
begin
  select * into c from identity.credential k
  where k.hash = credential_hash and k.kind in ('token', 'session') and k.revoked_at is null and k.expires_at > clock_timestamp()
    and (k.member_id is null or k.role is not null)
    and (k.idle_seconds is null or k.last_used_at > clock_timestamp() - make_interval(secs => k.idle_seconds));
  if not found then return; end if;
  if c.last_used_at is null or c.last_used_at < clock_timestamp() - interval '1 minute' then
    begin
      update identity.credential k set last_used_at = clock_timestamp()
      where k.hash = credential_hash and (k.last_used_at is null or k.last_used_at < clock_timestamp() - interval '1 minute');
    exception when insufficient_resources or read_only_sql_transaction then
      null; -- who may come in does not hang on whether that can be noted
    end;
  end if;
  return query select c.tenant_id, c.kind, c.subject_id, c.member_id, c.role, c.person, c.scope, c.expires_at,
    identity.mint_pass(c.tenant_id, 'aegis_api', c.expires_at);
end $$;

drop function identity.spend_code (bytea);
create function identity.spend_code (credential_hash bytea)
returns table (tenant_id uuid, member_id uuid, scope text, pass text)
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update identity.credential c set revoked_at = clock_timestamp()
  where c.hash = credential_hash and c.kind = 'code' and c.revoked_at is null and c.expires_at > clock_timestamp()
    and (c.member_id is null or c.role is not null)
  returning c.tenant_id, c.member_id, c.scope, identity.mint_pass(c.tenant_id, 'aegis_api')
$$;

-- The member is locked, so that a change of role that is under way is either seen here or sees the new row.
drop function identity.register_credential (bytea, text, uuid, text, timestamptz);
create function identity.register_credential (credential_hash bytea, credential_kind text, subject uuid, credential_scope text,
  expires timestamptz, member uuid, by_person boolean, idle integer)
returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  member_role text;
begin
  if app.current_tenant() is null then raise exception 'no tenant context' using errcode = '28000'; end if;
  if member is not null then
    select m.role into member_role from app.member m
    where m.tenant_id = app.current_tenant() and m.id = member and m.state = 'active' for share;
    if not found then raise exception 'there is no such member' using errcode = '23503'; end if;
  end if;
  insert into identity.credential (hash, tenant_id, kind, subject_id, scope, expires_at, member_id, role, person, idle_seconds, last_used_at)
  values (credential_hash, app.current_tenant(), credential_kind, subject, credential_scope, expires, member, member_role, by_person, idle,
    case when idle is not null then clock_timestamp() end);
end $$;

-- When credentials of the tenant of the transaction were used last.
create function identity.last_uses (subjects uuid[]) returns table (subject_id uuid, last_used_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.subject_id, max(c.last_used_at) from identity.credential c
  where c.tenant_id = (select app.current_tenant()) and c.subject_id = any (subjects) group by c.subject_id
$$;

grant update (role, last_used_at) on identity.credential to aegis_keeper;
grant select, update (role) on app.member to aegis_keeper;
grant execute on function identity.find_credential (bytea), identity.spend_code (bytea) to aegis_identity;
grant execute on function identity.register_credential (bytea, text, uuid, text, timestamptz, uuid, boolean, integer), identity.last_uses (uuid[])
to aegis_api;
