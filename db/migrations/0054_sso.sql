-- why: a company signs its people in at a provider of its own (OpenID Connect); lock: access exclusive on app.session for a moment
-- One provider a tenant. Its secret is sealed under the tenant's key and is shown to nobody again. `entry` stands in the address that the
-- company gives to its people: it is random, so that nobody finds out by trying which companies are here.
create table app.sso_provider (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  issuer text not null check (length(issuer) between 8 and 300),
  client_id text not null check (length(client_id) between 1 and 300),
  secret bytea not null check (length(secret) between 1 and 4000),
  entry text not null check (entry ~ '^[A-Za-z0-9_-]{22}$'),
  default_role text check (default_role in ('admin', 'analyst', 'developer', 'auditor')), -- none: whoever has no role by a group stays out
  role_claim text check (length(role_claim) between 1 and 100),
  required boolean not null,
  created_at timestamptz(3) not null default clock_timestamp(),
  primary key (tenant_id, id)
);
create unique index sso_provider_only on app.sso_provider (tenant_id);
select app.protect('app.sso_provider');
grant select, insert, delete on app.sso_provider to aegis_api;
grant update (secret, default_role, role_claim, required) on app.sso_provider to aegis_api;

-- Which addresses the provider may speak for. Proven: its name server says so for this tenant; only then does an address find the provider.
create table app.sso_domain (
  tenant_id uuid not null references app.tenant (tenant_id),
  domain text not null check (length(domain) between 3 and 253 and domain = lower(domain)),
  proven_at timestamptz(3),
  primary key (tenant_id, domain)
);
select app.protect('app.sso_domain');
grant select, insert, delete on app.sso_domain to aegis_api;
grant update (proven_at) on app.sso_domain to aegis_api;

-- Which role a group of the company's stands for, whoever says who is in it. Owners are made by owners alone.
create table app.group_role (
  tenant_id uuid not null references app.tenant (tenant_id),
  group_name text not null check (length(group_name) between 1 and 200),
  role text not null check (role in ('admin', 'analyst', 'developer', 'auditor')),
  primary key (tenant_id, group_name)
);
select app.protect('app.group_role');
grant select, insert, delete on app.group_role to aegis_api;

-- Who a person at the provider is here: by the digest of the provider's own name of them, never by an address, which changes hands.
create table app.sso_person (
  tenant_id uuid not null,
  provider_id uuid not null,
  subject_sha256 bytea not null check (length(subject_sha256) = 32),
  member_id uuid not null,
  linked_at timestamptz(3) not null default clock_timestamp(),
  primary key (tenant_id, provider_id, subject_sha256),
  foreign key (tenant_id, provider_id) references app.sso_provider (tenant_id, id) on delete cascade,
  foreign key (tenant_id, member_id) references app.member (tenant_id, id)
);
create index sso_person_member on app.sso_person (tenant_id, member_id);
select app.protect('app.sso_person');
grant select, insert, delete on app.sso_person to aegis_api;
grant update (member_id, linked_at) on app.sso_person to aegis_api;

-- By what a session was begun, so that those that were not begun at the provider can be ended when it becomes the only way.
alter table app.session add column begun_by text check (begun_by in ('code', 'token', 'passkey', 'sso', 'invitation'));

-- How a sign-in finds its provider before a tenant is known: digests of entries and of proven domains.
create table identity.sso_entry (
  hash bytea primary key check (length(hash) = 32),
  tenant_id uuid not null,
  provider_id uuid not null
);
create index sso_entry_provider on identity.sso_entry (provider_id);

-- For the tenant of the transaction: the entry of its provider, or a domain that its name server has just given to this tenant. Whoever
-- proves a domain last has it: names are sold.
create function identity.register_sso_entry (entry_hash bytea, provider uuid)
returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if app.current_tenant() is null then raise exception 'no tenant context' using errcode = '28000'; end if;
  insert into identity.sso_entry (hash, tenant_id, provider_id) values (entry_hash, app.current_tenant(), provider)
  on conflict (hash) do update set tenant_id = excluded.tenant_id, provider_id = excluded.provider_id;
end $$;

-- Forgets an entry of the tenant of the transaction; all of them without a digest.
create function identity.forget_sso_entry (entry_hash bytea)
returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  delete from identity.sso_entry e where e.tenant_id = app.current_tenant() and (entry_hash is null or e.hash = entry_hash);
end $$;

-- The provider behind an entry: what a browser is sent away with. It opens nothing.
create function identity.find_sso (entry_hash bytea)
returns table (tenant_id uuid, provider_id uuid, issuer text, client_id text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
declare
  e identity.sso_entry;
begin
  select * into e from identity.sso_entry s where s.hash = entry_hash;
  if not found then return; end if;
  perform identity.enter_tenant(e.tenant_id);
  return query select p.tenant_id, p.id, p.issuer, p.client_id from app.sso_provider p where p.tenant_id = e.tenant_id and p.id = e.provider_id;
end $$;

-- Spends the state of a sign-in, once, and answers what its answer is checked with. It opens nothing.
create function identity.open_sso (provider uuid, flow_hash bytea, expires timestamptz)
returns table (tenant_id uuid, issuer text, client_id text, role_claim text, secret bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
declare
  tenant uuid;
begin
  select e.tenant_id into tenant from identity.sso_entry e where e.provider_id = provider limit 1;
  if not found or not identity.spend_challenge(flow_hash, expires) then return; end if;
  perform identity.enter_tenant(tenant);
  return query select p.tenant_id, p.issuer, p.client_id, p.role_claim, p.secret from app.sso_provider p where p.tenant_id = tenant and p.id = provider;
end $$;

-- The pass of the provider's tenant, after its answer was checked: against a state that was spent in these minutes, once.
create function identity.enter_sso (provider uuid, flow_hash bytea)
returns table (tenant_id uuid, pass text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
declare
  tenant uuid;
begin
  select e.tenant_id into tenant from identity.sso_entry e where e.provider_id = provider limit 1;
  if not found or not exists (select from identity.spent_challenge s where s.challenge_hash = flow_hash) then return; end if;
  if not identity.spend_challenge(sha256('entered'::bytea || flow_hash), clock_timestamp() + interval '1 hour') then return; end if;
  perform identity.enter_tenant(tenant);
  return query select p.tenant_id, identity.mint_pass(p.tenant_id, 'aegis_api') from app.sso_provider p where p.tenant_id = tenant and p.id = provider;
end $$;

grant select, insert, update, delete on identity.sso_entry to aegis_keeper;
grant select (tenant_id, id, issuer, client_id, role_claim, secret) on app.sso_provider to aegis_keeper;
grant execute on function identity.find_sso (bytea), identity.open_sso (uuid, bytea, timestamptz), identity.enter_sso (uuid, bytea) to aegis_identity;
grant execute on function identity.register_sso_entry (bytea, uuid), identity.forget_sso_entry (bytea) to aegis_api;

-- What a closed account held of this goes with the rest. The rest of the function stays as it is.
do $$
declare
  erases constant text := pg_get_functiondef('app.erase_rows(integer)'::regprocedure);
  erases_more constant text := replace(erases, '''app.passkey'', ''app.invitation'',',
    '''delete from identity.sso_entry x where x.tenant_id = $1'', ''app.sso_person'', ''app.sso_domain'', ''app.group_role'', ''app.sso_provider'', ''app.passkey'', ''app.invitation'',');
begin
  if erases_more = erases then raise exception 'the function is not the one that this was written for'; end if;
  execute erases_more;
end $$;
grant select, delete on app.sso_person, app.sso_domain, app.group_role, app.sso_provider to aegis_keeper;
