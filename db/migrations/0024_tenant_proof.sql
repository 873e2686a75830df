-- why: the tenant of a statement is a proof that the server checks, not a setting that any statement may set; lock: none (a new table; functions are replaced)
-- A login hands in a secret of a tenant's and gets a proof for a minute; see docs/adr/0013. The key is read by aegis_keeper alone.
do $$
begin
  if not exists (select from pg_roles where rolname = 'aegis_dispatch') then
    -- asks whose turn it is and starts jobs: it gets proofs for them, and has no right on any table
    create role aegis_dispatch login noinherit;
  end if;
end $$;
create or replace function ops.close_database () returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to aegis_api, aegis_worker, aegis_identity, aegis_staff, aegis_audit, aegis_dispatch', current_database());
end $$;
select ops.close_database();
grant usage on schema ops to aegis_dispatch;

-- Key of HMAC-SHA-256, kept as its two padded halves, so that nothing has to be xored for a statement. A retired one is good for the
-- minute that its last proofs live, and its row goes with the next rotation.
create table identity.proof_key (
  kid text primary key check (kid ~ '^[0-9a-f]{8}$'),
  inner_pad bytea not null check (length(inner_pad) = 64),
  outer_pad bytea not null check (length(outer_pad) = 64),
  made_at timestamptz(3) not null default clock_timestamp(),
  retired_at timestamptz(3)
);
create unique index proof_key_live on identity.proof_key ((true)) where retired_at is null;
grant select on identity.proof_key to aegis_keeper;

-- Makes a new key when the live one is older than `age`; answers whether it did. For the operator: no role may call it.
create function identity.rotate_proof_key (age interval default '0') returns boolean language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  secret constant bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
  inward bytea := secret;
  outward bytea := secret;
begin
  lock table identity.proof_key in share row exclusive mode;
  if exists (select from identity.proof_key where retired_at is null and made_at > clock_timestamp() - age) then return false; end if;
  for n in 0 .. 63 loop
    inward := set_byte(inward, n, get_byte(secret, n) # 54);
    outward := set_byte(outward, n, get_byte(secret, n) # 92);
  end loop;
  delete from identity.proof_key where retired_at < clock_timestamp() - interval '2 minutes';
  update identity.proof_key set retired_at = clock_timestamp() where retired_at is null;
  insert into identity.proof_key (kid, inner_pad, outer_pad) values (left(encode(uuid_send(gen_random_uuid()), 'hex'), 8), inward, outward);
  return true;
end $$;

-- HMAC-SHA-256 (RFC 2104) of a text under one key; null when there is no such key or it is too old.
create function identity.proof_mac (key_id text, message text) returns bytea language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  inward bytea;
  outward bytea;
begin
  select k.inner_pad, k.outer_pad into inward, outward from identity.proof_key k
  where k.kid = key_id and (k.retired_at is null or k.retired_at > clock_timestamp() - interval '1 minute');
  return sha256(outward || sha256(inward || convert_to(message, 'UTF8')));
end $$;

-- A pass is `key.tenant.expiry.secret`: the secret is the MAC of the rest and of the one role that it is for. It never reaches a session
-- of that role: what is presented there is `key.tenant.expiry.backend.mac`, made from it for one backend alone (app.current_tenant).
create function identity.mint_pass (tenant uuid, for_role text, until timestamptz default 'infinity') returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  key_id constant text := (select k.kid from identity.proof_key k where k.retired_at is null);
  head constant text := key_id || '.' || tenant || '.' || floor(date_part('epoch', least(until, clock_timestamp() + interval '60 seconds')))::bigint;
begin
  return head || '.' || encode(identity.proof_mac(key_id, head || '.' || for_role), 'hex');
end $$;

-- The tenant of this statement, or null without a proof: then every policy is null and no row is seen. A proof that does not hold is
-- an error. Policies evaluate it once a statement. The MAC is checked before anything is made of the text; both sides are hashed once
-- more, so that the time of the comparison tells nothing; `is distinct from`, so that no null passes. Backend `*` is for connections
-- that a pooler shares, which do not know their backend.
create or replace function app.current_tenant () returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  proof constant text := current_setting('app.tenant_proof', true);
  part text[];
  inward bytea;
  outward bytea;
  secret bytea;
begin
  if proof is null or proof = '' then return null; end if;
  part := string_to_array(proof, '.');
  select k.inner_pad, k.outer_pad into inward, outward from identity.proof_key k
  where k.kid = part[1] and (k.retired_at is null or k.retired_at > clock_timestamp() - interval '1 minute');
  secret := sha256(outward || sha256(inward || convert_to(concat_ws('.', part[1], part[2], part[3], session_user), 'UTF8')));
  if cardinality(part) <> 5 or sha256(convert_to(part[5], 'UTF8'))
    is distinct from sha256(convert_to(encode(sha256(secret || sha256(secret || convert_to(part[4], 'UTF8'))), 'hex'), 'UTF8'))
  then raise exception 'the proof of the tenant does not hold' using errcode = '28000'; end if;
  if part[4] <> '*' and part[4] <> pg_backend_pid()::text then
    raise exception 'the proof of the tenant is for another backend' using errcode = '28000';
  end if;
  if part[3]::bigint < date_part('epoch', clock_timestamp()) then
    raise exception 'the proof of the tenant has expired' using errcode = '28000';
  end if;
  return part[2]::uuid;
end $$;

-- For functions of this schema's owner that look at a tenant's rows before the session has a proof. The caller's `set app.tenant_proof`
-- puts back what was there.
create function identity.enter_tenant (tenant uuid) returns void language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  pass constant text[] := string_to_array(identity.mint_pass(tenant, session_user), '.');
  secret constant bytea := decode(pass[4], 'hex');
begin
  perform set_config('app.tenant_proof', array_to_string(pass[1:3], '.') || '.*.' || encode(sha256(secret || sha256(secret || '*')), 'hex'), true);
end $$;

-- Who holds a live bearer secret gets a pass of its tenant; who spends a code, too. Both for aegis_api alone.
drop function identity.find_credential (bytea);
create function identity.find_credential (credential_hash bytea)
returns table (tenant_id uuid, kind text, subject_id uuid, scope text, expires_at timestamptz, pass text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.tenant_id, c.kind, c.subject_id, c.scope, c.expires_at, identity.mint_pass(c.tenant_id, 'aegis_api', c.expires_at)
  from identity.credential c
  where c.hash = credential_hash and c.revoked_at is null and c.expires_at > clock_timestamp() and c.kind <> 'code'
$$;
drop function identity.spend_code (bytea);
create function identity.spend_code (credential_hash bytea)
returns table (tenant_id uuid, scope text, pass text)
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update identity.credential c set revoked_at = clock_timestamp()
  where c.hash = credential_hash and c.kind = 'code' and c.revoked_at is null and c.expires_at > clock_timestamp()
  returning c.tenant_id, c.scope, identity.mint_pass(c.tenant_id, 'aegis_api')
$$;
grant execute on function identity.find_credential (bytea), identity.spend_code (bytea) to aegis_identity;

-- Whose turn it is, each with a pass. No function takes the id of a tenant and gives a pass for it: the ring says who, not the caller.
drop function ops.ready_tenants (text, integer);
drop function ops.ring_tenants (text, uuid, integer);
create function ops.ready_turns (ring text, tenants_max integer)
returns table (tenant_id uuid, pass text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select r.tenant_id, identity.mint_pass(r.tenant_id, case ring when 'job' then 'aegis_worker' else 'aegis_audit' end)
  from ops.ready_tenant r where r.queue = ring and r.ready_at <= clock_timestamp()
  group by r.tenant_id order by min(r.ready_at), min(r.turn) limit least(tenants_max, 1000)
$$;
create function ops.ring_turns (ring text, after_tenant uuid, tenants_max integer)
returns table (tenant_id uuid, pass text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select r.tenant_id, identity.mint_pass(r.tenant_id, case ring when 'job' then 'aegis_worker' else 'aegis_audit' end)
  from (
    select distinct t.tenant_id from ops.ready_tenant t where t.queue = ring and t.tenant_id > after_tenant
    order by t.tenant_id limit least(tenants_max, 1000)
  ) r order by r.tenant_id
$$;

-- A ticket is the secret of one attempt at one job. Whoever hands a job of its own tenant over gets it, and it lies in the queue's entry.
create function ops.job_ticket (job uuid, attempt integer) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  key_id constant text := (select k.kid from identity.proof_key k where k.retired_at is null);
begin
  if app.current_tenant() is null then raise exception 'no tenant context' using errcode = '28000'; end if;
  return key_id || '.' || encode(identity.proof_mac(key_id, concat_ws('/', 'job', app.current_tenant(), job, attempt)), 'hex');
end $$;

-- The pass for a job, against its ticket: while the job waits for this attempt, and while this attempt holds its lease.
create function ops.open_job (tenant uuid, job uuid, attempt integer, ticket text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
declare
  part constant text[] := string_to_array(ticket, '.');
begin
  if cardinality(part) <> 2 or sha256(convert_to(part[2], 'UTF8')) is distinct from
    sha256(convert_to(encode(identity.proof_mac(part[1], concat_ws('/', 'job', tenant, job, attempt)), 'hex'), 'UTF8'))
  then return null; end if;
  perform identity.enter_tenant(tenant);
  if not exists (
    select from app.job j where j.tenant_id = open_job.tenant and j.id = open_job.job
      and (j.state = 'queued' and j.attempts = attempt or j.state = 'running' and j.attempts = attempt + 1 and j.lease_until > clock_timestamp()))
  then return null; end if;
  return identity.mint_pass(tenant, 'aegis_worker');
end $$;

-- Whether a scan is over or never was, for whoever clears up what a killed worker left on disk.
create function ops.scan_is_over (tenant uuid, scan uuid) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
begin
  perform identity.enter_tenant(tenant);
  return not exists (select from app.scan s where s.tenant_id = tenant and s.id = scan and s.state in ('queued', 'running'));
end $$;

grant execute on function identity.mint_pass (uuid, text, timestamptz), identity.proof_mac (text, text), identity.enter_tenant (uuid) to aegis_keeper;
grant select (id, attempts, lease_until) on app.job to aegis_keeper;
grant select (tenant_id, id, state) on app.scan to aegis_keeper;
grant execute on function ops.job_ticket (uuid, integer) to aegis_worker;
grant execute on function ops.ready_turns (text, integer), ops.ring_turns (text, uuid, integer), ops.open_job (uuid, uuid, integer, text),
  ops.scan_is_over (uuid, uuid) to aegis_dispatch;
select identity.rotate_proof_key();
