-- why: a company's directory says who is a member, and in which groups (SCIM 2.0); lock: access exclusive on app.api_token and identity.credential for a moment
-- A user of the directory is not a member: it may be switched off, come back as somebody new, and be in groups before it is anybody here.
create table app.scim_user (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  user_name text not null check (length(user_name) between 1 and 254 and user_name = lower(user_name)),
  external_id text check (length(external_id) between 1 and 254),
  email text check (length(email) between 3 and 254 and email = lower(email)),
  display_name text check (length(display_name) between 1 and 200),
  given_name text check (length(given_name) between 1 and 100),
  family_name text check (length(family_name) between 1 and 100),
  active boolean not null,
  member_id uuid, -- who it is here, or was last
  created_at timestamptz(3) not null default clock_timestamp(),
  changed_at timestamptz(3) not null default clock_timestamp(),
  primary key (tenant_id, id),
  foreign key (tenant_id, member_id) references app.member (tenant_id, id)
);
create unique index scim_user_name on app.scim_user (tenant_id, user_name);
create index scim_user_external on app.scim_user (tenant_id, external_id) where external_id is not null;
create index scim_user_order on app.scim_user (tenant_id, created_at, id);
create unique index scim_user_member on app.scim_user (tenant_id, member_id) where member_id is not null;
select app.protect('app.scim_user');
grant select, insert, delete on app.scim_user to aegis_api;
grant update (user_name, external_id, email, display_name, given_name, family_name, active, member_id, changed_at) on app.scim_user to aegis_api;

create table app.scim_group (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  display_name text not null check (length(display_name) between 1 and 200),
  external_id text check (length(external_id) between 1 and 254),
  created_at timestamptz(3) not null default clock_timestamp(),
  changed_at timestamptz(3) not null default clock_timestamp(),
  primary key (tenant_id, id)
);
create unique index scim_group_name on app.scim_group (tenant_id, display_name);
create index scim_group_order on app.scim_group (tenant_id, created_at, id);
select app.protect('app.scim_group');
grant select, insert, delete on app.scim_group to aegis_api;
grant update (display_name, external_id, changed_at) on app.scim_group to aegis_api;

create table app.scim_group_member (
  tenant_id uuid not null,
  group_id uuid not null,
  user_id uuid not null,
  primary key (tenant_id, group_id, user_id),
  foreign key (tenant_id, group_id) references app.scim_group (tenant_id, id) on delete cascade,
  foreign key (tenant_id, user_id) references app.scim_user (tenant_id, id) on delete cascade
);
create index scim_group_member_user on app.scim_group_member (tenant_id, user_id);
select app.protect('app.scim_group_member');
grant select, insert, delete on app.scim_group_member to aegis_api;

-- A token for the directory reaches its own addresses and nothing else.
alter table app.api_token drop constraint api_token_scope_check;
alter table app.api_token add constraint api_token_scope_check check (scope in ('read', 'write', 'admin', 'scim'));
alter table identity.credential drop constraint credential_scope_check;
alter table identity.credential add constraint credential_scope_check check (scope in ('read', 'write', 'admin', 'scim'));

-- What a closed account held of this goes with the rest. The rest of the function stays as it is.
do $$
declare
  erases constant text := pg_get_functiondef('app.erase_rows(integer)'::regprocedure);
  erases_more constant text := replace(erases, '''app.passkey'', ''app.invitation'',', '''app.scim_group_member'', ''app.scim_group'', ''app.scim_user'', ''app.passkey'', ''app.invitation'',');
begin
  if erases_more = erases then raise exception 'the function is not the one that this was written for'; end if;
  execute erases_more;
end $$;
grant select, delete on app.scim_group_member, app.scim_group, app.scim_user to aegis_keeper;
