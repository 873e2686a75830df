-- why: Apps of forges that tenants have registered, what they are installed on, what they are told; lock: access exclusive on app.finding and app.job for a moment
alter table app.job drop constraint job_kind_check;
alter table app.job add constraint job_kind_check check (kind in ('ingest.seal', 'scan.analyze', 'findings.record', 'evidence.keep',
  'evidence.expire', 'export.bundle', 'export.expire', 'forge.handle', 'forge.sync', 'forge.report', 'forge.reconcile'));

-- An App is a tenant's own: its private key is in the key store, its webhook secrets are here as the tenant's key has sealed them, newest
-- first, two while one follows the other.
create table app.forge_app (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  kind text not null check (kind in ('reader', 'remediator')),
  api_url text not null check (length(api_url) <= 300),
  web_url text not null check (length(web_url) <= 300),
  external_id bigint not null check (external_id > 0),
  slug text not null check (length(slug) between 1 and 100),
  owner_login text check (length(owner_login) between 1 and 100),
  hook_secrets bytea[] not null check (cardinality(hook_secrets) between 1 and 2),
  fail_on text not null default 'high' check (fail_on in ('critical', 'high', 'medium', 'low', 'never')),
  created_at timestamptz(3) not null default clock_timestamp(),
  reconciled_at timestamptz(3),
  primary key (tenant_id, id),
  unique (tenant_id, api_url, external_id)
);
select app.protect('app.forge_app');
create index forge_app_order on app.forge_app (tenant_id, created_at, id);
grant select, insert on app.forge_app to aegis_api;
grant select on app.forge_app to aegis_worker;
grant update (reconciled_at) on app.forge_app to aegis_worker;

-- A registration that somebody has begun in the browser. The state is a secret of one session, good once and for ten minutes.
create table app.forge_flow (
  tenant_id uuid not null references app.tenant (tenant_id),
  state_sha256 bytea not null check (length(state_sha256) = 32),
  app_id uuid not null,
  hook_sha256 bytea not null check (length(hook_sha256) = 32),
  kind text not null check (kind in ('reader', 'remediator')),
  started_by text not null check (length(started_by) <= 150),
  created_at timestamptz(3) not null default clock_timestamp(),
  spent_at timestamptz(3),
  primary key (tenant_id, state_sha256)
);
select app.protect('app.forge_flow');
grant select, insert on app.forge_flow to aegis_api;
grant update (spent_at) on app.forge_flow to aegis_api;

create table app.forge_installation (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  app_id uuid not null,
  external_id bigint not null check (external_id > 0),
  account text not null check (length(account) between 1 and 100),
  -- `waiting`: on an account that is not the App's own, until somebody of the tenant confirms it
  state text not null check (state in ('waiting', 'active', 'suspended', 'removed')),
  changed_at timestamptz(3) not null default clock_timestamp(),
  primary key (tenant_id, id),
  unique (tenant_id, app_id, external_id),
  foreign key (tenant_id, app_id) references app.forge_app (tenant_id, id)
);
select app.protect('app.forge_installation');
grant select, insert, update on app.forge_installation to aegis_api, aegis_worker;

create table app.forge_repository (
  tenant_id uuid not null,
  repository_id uuid not null,
  installation_id uuid not null,
  external_id bigint not null check (external_id > 0),
  full_name text not null check (length(full_name) between 3 and 200),
  default_branch text not null check (length(default_branch) between 1 and 255),
  visibility text not null check (visibility in ('public', 'private', 'internal')),
  state text not null default 'connected' check (state in ('connected', 'removed')),
  primary key (tenant_id, repository_id),
  unique (tenant_id, installation_id, external_id),
  foreign key (tenant_id, repository_id) references app.repository (tenant_id, id),
  foreign key (tenant_id, installation_id) references app.forge_installation (tenant_id, id)
);
select app.protect('app.forge_repository');
grant select on app.forge_repository to aegis_api;
grant select, insert, update on app.forge_repository to aegis_worker;
grant insert on app.repository to aegis_worker;

-- What the forge said, as far as it is acted on. `guid` is the forge's name of a delivery: a second one of the same name does nothing.
create table app.forge_delivery (
  tenant_id uuid not null,
  id uuid not null,
  app_id uuid not null,
  guid text not null check (length(guid) between 1 and 64),
  event text not null check (length(event) <= 64),
  facts jsonb not null,
  received_at timestamptz(3) not null default clock_timestamp(),
  handled_at timestamptz(3),
  primary key (tenant_id, id),
  unique (tenant_id, app_id, guid),
  foreign key (tenant_id, app_id) references app.forge_app (tenant_id, id)
);
select app.protect('app.forge_delivery');
create index forge_delivery_old on app.forge_delivery (tenant_id, received_at);
grant select, insert, delete on app.forge_delivery to aegis_api;
grant select on app.forge_delivery to aegis_worker;
grant update (handled_at) on app.forge_delivery to aegis_worker;

-- What a scan of a commit is for. Of a change: the commit that it is compared with, and the scan of that one.
create table app.change (
  tenant_id uuid not null,
  scan_id uuid not null,
  repository_id uuid not null,
  trigger text not null check (trigger in ('push', 'pull_request', 'base', 'rerun')),
  commit text not null check (commit ~ '^[0-9a-f]{40}$'),
  base text check (base ~ '^[0-9a-f]{40}$'),
  base_scan_id uuid,
  pull integer check (pull > 0),
  scope jsonb,
  check_id bigint,
  annotated integer not null default 0 check (annotated >= 0),
  reported_state text,
  primary key (tenant_id, scan_id),
  foreign key (tenant_id, scan_id) references app.scan (tenant_id, id),
  foreign key (tenant_id, base_scan_id) references app.scan (tenant_id, id),
  foreign key (tenant_id, repository_id) references app.forge_repository (tenant_id, repository_id)
);
select app.protect('app.change');
create index change_of_base on app.change (tenant_id, base_scan_id) where base_scan_id is not null;
create index change_of_repository on app.change (tenant_id, repository_id, commit);
grant select on app.change to aegis_api;
grant select, insert, update on app.change to aegis_worker;
grant insert on app.scan to aegis_worker;

-- A finding that only scans of changes have seen: it is nobody's yet.
alter table app.finding drop constraint finding_state_check;
alter table app.finding add constraint finding_state_check check (state in ('open', 'reopened', 'in_review', 'confirmed', 'fixed', 'proposed'));

-- Where deliveries arrive: the address holds a secret, of which this is the digest. Read before a tenant is known.
create table identity.forge_hook (
  hash bytea primary key check (length(hash) = 32),
  tenant_id uuid not null,
  app_id uuid not null
);
-- Whose an installation is. One tenant's, for good: whoever comes second is refused.
create table identity.forge_claim (
  api_url text not null,
  external_id bigint not null,
  tenant_id uuid not null,
  primary key (api_url, external_id)
);
create function identity.find_forge_hook (hook_hash bytea)
returns table (tenant_id uuid, app_id uuid, pass text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select h.tenant_id, h.app_id, identity.mint_pass(h.tenant_id, 'aegis_api') from identity.forge_hook h where h.hash = hook_hash
$$;
create function identity.register_forge_hook (hook_hash bytea, app uuid)
returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if app.current_tenant() is null then raise exception 'no tenant context' using errcode = '28000'; end if;
  insert into identity.forge_hook (hash, tenant_id, app_id) values (hook_hash, app.current_tenant(), register_forge_hook.app);
end $$;
create function ops.claim_installation (api text, external bigint)
returns boolean language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if app.current_tenant() is null then raise exception 'no tenant context' using errcode = '28000'; end if;
  insert into identity.forge_claim (api_url, external_id, tenant_id) values (api, external, app.current_tenant()) on conflict do nothing;
  return exists (select from identity.forge_claim c where c.api_url = api and c.external_id = external and c.tenant_id = app.current_tenant());
end $$;
grant select, insert on identity.forge_hook, identity.forge_claim to aegis_keeper;
grant execute on function identity.find_forge_hook (bytea) to aegis_identity;
grant execute on function identity.register_forge_hook (bytea, uuid) to aegis_api;
grant execute on function ops.claim_installation (text, bigint) to aegis_api, aegis_worker;

-- A scan of a change, or of what it is compared with: it sees findings and moves none.
alter table app.scan add column side boolean not null default false;
