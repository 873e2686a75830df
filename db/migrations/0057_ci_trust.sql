-- why: a workflow shows who it is and gets a token for one repository and some minutes, so that no secret lies in it; lock: access exclusive on app.api_token and identity.credential for a moment
-- What a workflow must be: the numbers of its repository and its owner, which nobody else ever has, and where it runs. Texts are compared
-- whole; a name is never looked for within another.
create table app.ci_trust (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  repository_id uuid not null,
  issuer text not null check (length(issuer) between 8 and 300),
  forge_repository_id text not null check (forge_repository_id ~ '^[1-9][0-9]{0,18}$'),
  forge_owner_id text not null check (forge_owner_id ~ '^[1-9][0-9]{0,18}$'),
  refs text[] not null check (cardinality(refs) between 1 and 20),
  environments text[] not null check (cardinality(environments) <= 20), -- empty: wherever it runs
  minutes integer not null check (minutes between 1 and 60),
  created_at timestamptz(3) not null default clock_timestamp(),
  primary key (tenant_id, id),
  foreign key (tenant_id, repository_id) references app.repository (tenant_id, id)
);
create index ci_trust_order on app.ci_trust (tenant_id, created_at, id);
select app.protect('app.ci_trust');
grant select, insert, delete on app.ci_trust to aegis_api;

-- `ci` reaches one repository of its tenant: every address that it may ask names it, or a scan of it.
alter table app.api_token add column repository_id uuid, add foreign key (tenant_id, repository_id) references app.repository (tenant_id, id);
alter table app.api_token drop constraint api_token_scope_check;
alter table app.api_token add constraint api_token_scope_check check (scope in ('read', 'write', 'admin', 'scim', 'ci'));
alter table app.api_token add constraint api_token_reach check ((scope = 'ci') = (repository_id is not null));
alter table identity.credential add column repository_id uuid;
alter table identity.credential drop constraint credential_scope_check;
alter table identity.credential add constraint credential_scope_check check (scope in ('read', 'write', 'admin', 'scim', 'ci'));
alter table identity.credential add constraint credential_reach check ((scope = 'ci') = (repository_id is not null));

-- The repository that a live credential is bound to; null for one that is bound to none.
create function identity.credential_repository (credential_hash bytea) returns uuid
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select k.repository_id from identity.credential k where k.hash = credential_hash and k.revoked_at is null
$$;

-- Registers a token that is bound to a repository of the tenant of the transaction.
create function identity.register_ci_credential (credential_hash bytea, subject uuid, expires timestamptz, repository uuid)
returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if app.current_tenant() is null then raise exception 'no tenant context' using errcode = '28000'; end if;
  insert into identity.credential (hash, tenant_id, kind, subject_id, scope, expires_at, repository_id)
  values (credential_hash, app.current_tenant(), 'token', subject, 'ci', expires, repository);
end $$;

-- What a tenant trusts: what a workflow's token is checked with. It opens nothing.
create function identity.find_ci_trusts (tenant uuid)
returns table (id uuid, issuer text, forge_repository_id text, forge_owner_id text, refs text[], environments text[])
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
begin
  perform identity.enter_tenant(tenant);
  return query select t.id, t.issuer, t.forge_repository_id, t.forge_owner_id, t.refs, t.environments from app.ci_trust t
    where t.tenant_id = tenant order by t.created_at, t.id limit 100;
end $$;

-- After that check: spends the token's own id, once, and gives a pass.
create function identity.use_ci_trust (tenant uuid, trust uuid, token_hash bytea, expires timestamptz)
returns table (repository_id uuid, minutes integer, pass text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
begin
  if not identity.spend_challenge(token_hash, expires) then return; end if;
  perform identity.enter_tenant(tenant);
  return query select t.repository_id, t.minutes, identity.mint_pass(tenant, 'aegis_api') from app.ci_trust t where t.tenant_id = tenant and t.id = trust;
end $$;
grant select on app.ci_trust to aegis_keeper;
grant execute on function identity.credential_repository (bytea), identity.find_ci_trusts (uuid), identity.use_ci_trust (uuid, uuid, bytea, timestamptz)
to aegis_identity;
grant execute on function identity.register_ci_credential (bytea, uuid, timestamptz, uuid) to aegis_api;

-- What a closed account held of this goes with the rest. The rest of the function stays as it is.
do $$
declare
  erases constant text := pg_get_functiondef('app.erase_rows(integer)'::regprocedure);
  erases_more constant text := replace(erases, '''app.passkey'', ''app.invitation'',', '''app.ci_trust'', ''app.passkey'', ''app.invitation'',');
begin
  if erases_more = erases then raise exception 'the function is not the one that this was written for'; end if;
  execute erases_more;
end $$;
grant select, delete on app.ci_trust to aegis_keeper;
