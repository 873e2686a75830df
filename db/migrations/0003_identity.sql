-- why: tenants, API tokens, dashboard sessions; lock: none (new tables)
create table app.tenant (
  tenant_id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz(3) not null default now()
);
select app.protect('app.tenant');
grant select on app.tenant to aegis_api, aegis_worker;

create table app.api_token (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  name text not null check (length(name) between 1 and 200),
  scope text not null check (scope in ('read', 'write', 'admin')),
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  revoked_at timestamptz(3),
  primary key (tenant_id, id)
);
select app.protect('app.api_token');
grant select, insert on app.api_token to aegis_api;
grant update (revoked_at) on app.api_token to aegis_api;

create table app.session (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  scope text not null check (scope in ('read', 'write', 'admin')),
  token_id uuid, -- the API token it was started with: revoking that one ends this
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  ended_at timestamptz(3),
  primary key (tenant_id, id),
  foreign key (tenant_id, token_id) references app.api_token (tenant_id, id)
);
select app.protect('app.session');
grant select, insert on app.session to aegis_api;
grant update (ended_at) on app.session to aegis_api;

-- Hash of a bearer secret (API token, session cookie, one-time sign-in code) to what it opens. The secret itself is nowhere.
-- Not a tenant table: it is read before a tenant is known, through the functions below alone. No role has a grant on it.
create table identity.credential (
  hash bytea primary key check (length(hash) = 32),
  tenant_id uuid not null,
  kind text not null check (kind in ('token', 'session', 'code')),
  subject_id uuid not null,
  scope text not null check (scope in ('read', 'write', 'admin')),
  expires_at timestamptz(3) not null,
  revoked_at timestamptz(3)
);

-- The look-up of aegis_identity: one live credential by its hash, or nothing.
create function identity.find_credential (credential_hash bytea)
returns table (tenant_id uuid, kind text, subject_id uuid, scope text, expires_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.tenant_id, c.kind, c.subject_id, c.scope, c.expires_at from identity.credential c
  where c.hash = credential_hash and c.revoked_at is null and c.expires_at > clock_timestamp() and c.kind <> 'code'
$$;

-- Spends a one-time sign-in code: it answers once, then never again.
create function identity.spend_code (credential_hash bytea)
returns table (tenant_id uuid, scope text)
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update identity.credential c set revoked_at = clock_timestamp()
  where c.hash = credential_hash and c.kind = 'code' and c.revoked_at is null and c.expires_at > clock_timestamp()
  returning c.tenant_id, c.scope
$$;

-- Registers a credential for the tenant of the transaction, and for no other.
create function identity.register_credential (credential_hash bytea, credential_kind text, subject uuid, credential_scope text, expires timestamptz)
returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if app.current_tenant() is null then raise exception 'no tenant context' using errcode = '28000'; end if;
  insert into identity.credential (hash, tenant_id, kind, subject_id, scope, expires_at)
  values (credential_hash, app.current_tenant(), credential_kind, subject, credential_scope, expires);
end $$;

-- Revokes the credentials of one subject of the tenant of the transaction.
create function identity.revoke_credential (subject uuid)
returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  update identity.credential c set revoked_at = clock_timestamp()
  where c.subject_id = subject and c.tenant_id = app.current_tenant() and c.revoked_at is null;
end $$;

-- Makes a tenant. Only start-up's bootstrap and, later, sign-up may call it.
create function identity.create_tenant (id uuid, tenant_name text)
returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if app.current_tenant() is distinct from id then raise exception 'no tenant context' using errcode = '28000'; end if;
  insert into app.tenant (tenant_id, name) values (id, tenant_name);
end $$;

-- Who may do what. The functions run as aegis_keeper, which has exactly what they use.
grant select, insert, update (revoked_at) on identity.credential to aegis_keeper;
grant insert on app.tenant to aegis_keeper;
grant execute on function identity.find_credential (bytea), identity.spend_code (bytea) to aegis_identity;
grant execute on function
  identity.register_credential (bytea, text, uuid, text, timestamptz), identity.revoke_credential (uuid), identity.create_tenant (uuid, text)
to aegis_api;
