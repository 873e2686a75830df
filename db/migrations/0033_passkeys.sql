-- why: passkeys of members, and challenges that were spent; lock: none (new tables)
create table app.passkey (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  member_id uuid not null,
  name text not null check (length(name) between 1 and 100),
  credential_id bytea not null check (length(credential_id) between 16 and 1023),
  public_key bytea not null check (length(public_key) between 32 and 2000),
  counter bigint not null check (counter >= 0),
  created_at timestamptz(3) not null default clock_timestamp(),
  last_used_at timestamptz(3),
  primary key (tenant_id, id),
  foreign key (tenant_id, member_id) references app.member (tenant_id, id)
);
create unique index passkey_credential on app.passkey (tenant_id, credential_id);
create index passkey_member on app.passkey (tenant_id, member_id, created_at, id);
select app.protect('app.passkey');
grant select, insert, delete on app.passkey to aegis_api;
grant update (counter, last_used_at) on app.passkey to aegis_api;

-- Which tenant a passkey belongs to, by the digest of its id: a trigger keeps it, whoever signs in is looked up in it.
create table identity.passkey_place (
  credential_hash bytea primary key check (length(credential_hash) = 32),
  tenant_id uuid not null,
  passkey_id uuid not null
);
create index passkey_place_of on identity.passkey_place (tenant_id, passkey_id);

-- Challenges that were answered, until they expire by themselves: none is answered twice.
create table identity.spent_challenge (
  challenge_hash bytea primary key check (length(challenge_hash) = 32),
  expires_at timestamptz(3) not null
);
create index spent_challenge_expiry on identity.spent_challenge (expires_at);

create function identity.follow_passkey () returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    -- this comes before the policy: without its tenant's proof nobody learns here which ids are kept
    if new.tenant_id is distinct from app.current_tenant() and not (select r.rolsuper from pg_roles r where r.rolname = session_user)
    then raise exception 'no proof of the tenant' using errcode = '42501'; end if;
    -- one of that id is kept already, whoever's it is: then this one is not
    insert into identity.passkey_place (credential_hash, tenant_id, passkey_id) values (sha256(new.credential_id), new.tenant_id, new.id)
    on conflict do nothing;
    return case when found then new end;
  end if;
  delete from identity.passkey_place p where p.tenant_id = old.tenant_id and p.passkey_id = old.id;
  return old;
end $$;
create trigger follow_passkey before insert or delete on app.passkey for each row execute function identity.follow_passkey();

-- Answers whether a challenge was not spent before. What has expired is refused before it comes here, so it may be forgotten.
create function identity.spend_challenge (hash bytea, expires timestamptz) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  delete from identity.spent_challenge s where s.challenge_hash in (
    select e.challenge_hash from identity.spent_challenge e where e.expires_at < clock_timestamp() - interval '1 minute'
    order by e.expires_at limit 20 for update skip locked);
  insert into identity.spent_challenge (challenge_hash, expires_at) values (hash, expires) on conflict do nothing;
  return found;
end $$;

-- The passkey of that id, of a member who may come in: what its answer is checked with. It opens nothing.
create function identity.find_passkey (credential bytea)
returns table (tenant_id uuid, passkey_id uuid, public_key bytea, counter bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
declare
  place identity.passkey_place;
begin
  select * into place from identity.passkey_place p where p.credential_hash = sha256(credential);
  if not found then return; end if;
  perform identity.enter_tenant(place.tenant_id);
  return query select k.tenant_id, k.id, k.public_key, k.counter
    from app.passkey k join app.member m on m.tenant_id = k.tenant_id and m.id = k.member_id
    where k.tenant_id = place.tenant_id and k.id = place.passkey_id and k.credential_id = credential and m.state = 'active';
end $$;

-- After its answer was checked: spends the challenge, moves the counter, and gives a pass. A counter that does not go up, unless the
-- passkey does not count at all, is a copy's: then the pass is for writing that down. Source: WebAuthn Level 3, section 6.1.1.
create function identity.use_passkey (tenant uuid, passkey uuid, new_counter bigint, hash bytea, expires timestamptz)
returns table (outcome text, member_id uuid, pass text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
declare
  member uuid;
begin
  if not identity.spend_challenge(hash, expires) then return query select 'spent', null::uuid, null::text; return; end if;
  perform identity.enter_tenant(tenant);
  update app.passkey k set counter = new_counter, last_used_at = clock_timestamp() from app.member m
  where k.tenant_id = tenant and k.id = passkey and (new_counter > k.counter or new_counter = 0 and k.counter = 0)
    and m.tenant_id = k.tenant_id and m.id = k.member_id and m.state = 'active'
  returning k.member_id into member;
  if found then return query select 'used', member, identity.mint_pass(tenant, 'aegis_api'); return; end if;
  select k.member_id into member from app.passkey k where k.tenant_id = tenant and k.id = passkey;
  if found then return query select 'copied', member, identity.mint_pass(tenant, 'aegis_api'); end if;
end $$;

grant select, insert, delete on identity.passkey_place to aegis_keeper;
grant select, insert, update, delete on identity.spent_challenge to aegis_keeper;
grant select (tenant_id, id, member_id, credential_id, public_key, counter), update (counter, last_used_at) on app.passkey to aegis_keeper;
grant execute on function identity.spend_challenge (bytea, timestamptz) to aegis_api;
grant execute on function identity.find_passkey (bytea), identity.use_passkey (uuid, uuid, bigint, bytea, timestamptz) to aegis_identity;
