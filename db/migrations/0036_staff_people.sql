-- why: people of the operator's staff, their passkeys, sessions and enrolments, apart from those of every tenant; lock: none (new tables)
-- No table of a tenant knows them and no role of a tenant may call what is below. There is no address of anybody: nothing is sent, so
-- nothing that is sent can be stolen. Signing in and enrolling are for aegis_identity, which runs nothing else; a session of
-- aegis_staff asks with the secret of a live session, and makes none.
create table identity.staff_person (
  id uuid primary key,
  name text not null unique check (name ~ '^[[:alnum:]][[:alnum:] .''-]{0,99}$'),
  state text not null default 'active' check (state in ('active', 'left')),
  created_at timestamptz(3) not null default clock_timestamp()
);
create table identity.staff_passkey (
  id uuid primary key,
  person_id uuid not null references identity.staff_person (id),
  name text not null check (length(name) between 1 and 100),
  credential_id bytea not null unique check (length(credential_id) between 16 and 1023),
  public_key bytea not null check (length(public_key) between 32 and 2000),
  counter bigint not null check (counter >= 0),
  created_at timestamptz(3) not null default clock_timestamp(),
  last_used_at timestamptz(3)
);
create index staff_passkey_person on identity.staff_passkey (person_id);
create table identity.staff_session (
  id uuid primary key,
  hash bytea not null unique check (length(hash) = 32),
  person_id uuid not null references identity.staff_person (id),
  created_at timestamptz(3) not null default clock_timestamp(),
  expires_at timestamptz(3) not null,
  last_used_at timestamptz(3) not null default clock_timestamp(),
  ended_at timestamptz(3),
  check (expires_at <= created_at + interval '8 hours')
);
create index staff_session_person on identity.staff_session (person_id) where ended_at is null;

-- Whoever wants in, for the first time or after losing every authenticator, holds a secret that nobody else has seen. It opens nothing
-- until two others have said whose it is. The first two people are named by the operator's own hand.
create table identity.staff_enrolment (
  id uuid primary key,
  hash bytea not null unique check (length(hash) = 32),
  name text not null check (name ~ '^[[:alnum:]][[:alnum:] .''-]{0,99}$'),
  person_id uuid references identity.staff_person (id), -- who it is; null and granted: somebody new
  by_operator boolean not null default false,
  first_by uuid references identity.staff_person (id),
  second_by uuid references identity.staff_person (id),
  created_at timestamptz(3) not null default clock_timestamp(),
  expires_at timestamptz(3) not null,
  spent_at timestamptz(3),
  constraint two_people check (second_by is null or first_by is not null and second_by <> first_by),
  constraint others check (person_id is null or person_id is distinct from first_by and person_id is distinct from second_by)
);
create index staff_enrolment_open on identity.staff_enrolment (created_at) where spent_at is null;

-- Whose a live session is: it has not ended, is not too old, and was used within a quarter of an hour.
create function identity.live_staff (session_hash bytea)
returns table (session_id uuid, person_id uuid, name text, expires_at timestamptz)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select s.id, s.person_id, p.name, s.expires_at from identity.staff_session s join identity.staff_person p on p.id = s.person_id
  where s.hash = session_hash and s.ended_at is null and s.expires_at > clock_timestamp() and p.state = 'active'
    and s.last_used_at > clock_timestamp() - interval '15 minutes'
$$;

create function identity.find_staff_passkey (credential bytea)
returns table (passkey_id uuid, person_id uuid, public_key bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select k.id, k.person_id, k.public_key from identity.staff_passkey k join identity.staff_person p on p.id = k.person_id
  where k.credential_id = credential and p.state = 'active'
$$;

-- After the answer of the passkey was checked: spends the challenge, moves the counter, begins the session. A counter that does not go
-- up, unless the passkey does not count at all, is a copy's. Source: WebAuthn Level 3, section 6.1.1.
create function identity.begin_staff_session (passkey uuid, new_counter bigint, challenge bytea, challenge_expires timestamptz, session uuid, session_hash bytea)
returns text language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  person uuid;
begin
  if not identity.spend_challenge(challenge, challenge_expires) then return 'spent'; end if;
  update identity.staff_passkey k set counter = new_counter, last_used_at = clock_timestamp() from identity.staff_person p
  where k.id = passkey and (new_counter > k.counter or new_counter = 0 and k.counter = 0) and p.id = k.person_id and p.state = 'active'
  returning k.person_id into person;
  if not found then return 'copied'; end if;
  insert into identity.staff_session (id, hash, person_id, expires_at) values (session, session_hash, person, clock_timestamp() + interval '8 hours');
  return 'begun';
end $$;

-- The secret of an enrolment that waits for two others; answers false when too many wait already. What has run out is forgotten here.
create function identity.ask_staff_enrolment (enrolment uuid, secret_hash bytea, said_name text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  delete from identity.staff_enrolment e where e.spent_at is null and e.expires_at < clock_timestamp();
  if (select count(*) from identity.staff_enrolment e where e.spent_at is null) >= 20 then return false; end if;
  insert into identity.staff_enrolment (id, hash, name, expires_at) values (enrolment, secret_hash, said_name, clock_timestamp() + interval '30 minutes');
  return true;
end $$;

-- Whose an enrolment is, once it was granted.
create function identity.open_staff_enrolment (secret_hash bytea)
returns table (enrolment_id uuid, person_id uuid, name text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select e.id, e.person_id, coalesce(p.name, e.name) from identity.staff_enrolment e left join identity.staff_person p on p.id = e.person_id
  where e.hash = secret_hash and e.spent_at is null and e.expires_at > clock_timestamp() and (e.by_operator or e.second_by is not null)
$$;

-- Spends an enrolment for the first passkey of its person. Of somebody who was here before, every other passkey and session goes.
create function identity.enrol_staff (secret_hash bytea, new_person uuid, passkey uuid, passkey_name text, credential bytea, key bytea, first_counter bigint)
returns boolean language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  e identity.staff_enrolment;
  person uuid;
begin
  if exists (select from identity.staff_passkey k where k.credential_id = credential) then return false; end if;
  update identity.staff_enrolment x set spent_at = clock_timestamp()
  where x.hash = secret_hash and x.spent_at is null and x.expires_at > clock_timestamp() and (x.by_operator or x.second_by is not null)
  returning * into e;
  if not found then return false; end if;
  person := e.person_id;
  if person is null then
    insert into identity.staff_person (id, name) values (new_person, e.name);
    person := new_person;
  end if;
  delete from identity.staff_passkey k where k.person_id = person;
  update identity.staff_session s set ended_at = clock_timestamp() where s.person_id = person and s.ended_at is null;
  insert into identity.staff_passkey (id, person_id, name, credential_id, public_key, counter)
  values (passkey, person, passkey_name, credential, key, first_counter);
  return true;
end $$;

-- Whose session it is, and how many authenticators they have; noted as used.
create function identity.find_staff_session (session_hash bytea)
returns table (session_id uuid, person_id uuid, name text, expires_at timestamptz, passkeys integer)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  update identity.staff_session s set last_used_at = clock_timestamp()
  where s.hash = session_hash and s.last_used_at < clock_timestamp() - interval '10 seconds' and exists (select from identity.live_staff(session_hash));
  return query select l.session_id, l.person_id, l.name, l.expires_at,
    (select count(*)::integer from identity.staff_passkey k where k.person_id = l.person_id) from identity.live_staff(session_hash) l;
end $$;

create function identity.end_staff_session (session_hash bytea) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update identity.staff_session s set ended_at = clock_timestamp() where s.hash = session_hash and s.ended_at is null
$$;

-- The passkeys of whoever asks: what a browser may not make a second time, and what an answer is checked with.
create function identity.staff_passkeys (session_hash bytea)
returns table (id uuid, name text, credential_id bytea, public_key bytea, created_at timestamptz, last_used_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select k.id, k.name, k.credential_id, k.public_key, k.created_at, k.last_used_at
  from identity.live_staff(session_hash) l join identity.staff_passkey k on k.person_id = l.person_id order by k.created_at, k.id limit 10
$$;

create function identity.add_staff_passkey (session_hash bytea, passkey uuid, passkey_name text, credential bytea, key bytea, first_counter bigint)
returns boolean language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into identity.staff_passkey (id, person_id, name, credential_id, public_key, counter)
  select passkey, l.person_id, passkey_name, credential, key, first_counter from identity.live_staff(session_hash) l
  where (select count(*) from identity.staff_passkey k where k.person_id = l.person_id) < 10
  on conflict do nothing;
  return found;
end $$;

-- Uses a passkey of whoever asks for one act: the challenge is spent and the counter goes up, or the answer is false.
create function identity.use_staff_passkey (session_hash bytea, passkey uuid, new_counter bigint, challenge bytea, challenge_expires timestamptz)
returns boolean language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from identity.live_staff(session_hash)) or not identity.spend_challenge(challenge, challenge_expires) then return false; end if;
  update identity.staff_passkey k set counter = new_counter, last_used_at = clock_timestamp() from identity.live_staff(session_hash) l
  where k.id = passkey and k.person_id = l.person_id and (new_counter > k.counter or new_counter = 0 and k.counter = 0);
  return found;
end $$;

create function identity.staff_people (session_hash bytea)
returns table (id uuid, name text, state text, passkeys integer)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.id, p.name, p.state, (select count(*)::integer from identity.staff_passkey k where k.person_id = p.id)
  from identity.staff_person p where exists (select from identity.live_staff(session_hash)) order by p.name limit 200
$$;

create function identity.staff_enrolments (session_hash bytea)
returns table (id uuid, name text, person_id uuid, first_by uuid, second_by uuid, created_at timestamptz, expires_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select e.id, e.name, e.person_id, e.first_by, e.second_by, e.created_at, e.expires_at from identity.staff_enrolment e
  where exists (select from identity.live_staff(session_hash)) and e.spent_at is null and e.expires_at > clock_timestamp() and not e.by_operator
  order by e.created_at limit 20
$$;

-- One of two who say whose an enrolment is; the second must say the same. A person never says it of themselves, nor twice: the table's
-- own checks refuse that.
create function identity.grant_staff_enrolment (session_hash bytea, enrolment uuid, whose uuid) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  by_whom constant uuid := (select l.person_id from identity.live_staff(session_hash) l);
  e identity.staff_enrolment;
begin
  if by_whom is null then return 'session_unknown'; end if;
  select * into e from identity.staff_enrolment x where x.id = enrolment and x.spent_at is null and x.expires_at > clock_timestamp()
    and not x.by_operator and x.second_by is null for update;
  if not found then return 'unknown'; end if;
  if whose is not null and not exists (select from identity.staff_person p where p.id = whose and p.state = 'active') then return 'unknown'; end if;
  if whose is null and exists (select from identity.staff_person p where p.name = e.name) then return 'name_taken'; end if;
  if e.first_by is null then
    update identity.staff_enrolment x set first_by = by_whom, person_id = whose where x.id = enrolment;
    return 'waiting';
  end if;
  if e.person_id is distinct from whose then return 'differs'; end if;
  update identity.staff_enrolment x set second_by = by_whom where x.id = enrolment;
  return 'granted';
exception when check_violation then
  return 'same_person';
end $$;

-- The first two people, by the operator's hand; false when there are people already. No role may call it.
create function identity.first_staff (first_id uuid, first_name text, first_hash bytea, second_id uuid, second_name text, second_hash bytea)
returns boolean language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  lock table identity.staff_person in share row exclusive mode;
  if exists (select from identity.staff_passkey) then return false; end if;
  delete from identity.staff_enrolment;
  delete from identity.staff_person;
  insert into identity.staff_person (id, name) values (first_id, first_name), (second_id, second_name);
  insert into identity.staff_enrolment (id, hash, name, person_id, by_operator, expires_at)
  values (first_id, first_hash, first_name, first_id, true, clock_timestamp() + interval '24 hours'),
    (second_id, second_hash, second_name, second_id, true, clock_timestamp() + interval '24 hours');
  return true;
end $$;

grant select, insert on identity.staff_person to aegis_keeper;
grant select, insert, delete on identity.staff_passkey to aegis_keeper;
grant update (counter, last_used_at) on identity.staff_passkey to aegis_keeper;
grant select, insert on identity.staff_session to aegis_keeper;
grant update (last_used_at, ended_at) on identity.staff_session to aegis_keeper;
grant select, insert, delete on identity.staff_enrolment to aegis_keeper;
grant update (person_id, first_by, second_by, spent_at) on identity.staff_enrolment to aegis_keeper;
grant execute on function identity.live_staff (bytea) to aegis_keeper;
grant usage on schema identity to aegis_staff;
grant execute on function identity.find_staff_passkey (bytea), identity.begin_staff_session (uuid, bigint, bytea, timestamptz, uuid, bytea),
  identity.ask_staff_enrolment (uuid, bytea, text), identity.open_staff_enrolment (bytea),
  identity.enrol_staff (bytea, uuid, uuid, text, bytea, bytea, bigint) to aegis_identity;
grant execute on function identity.find_staff_session (bytea), identity.end_staff_session (bytea), identity.staff_passkeys (bytea),
  identity.add_staff_passkey (bytea, uuid, text, bytea, bytea, bigint), identity.use_staff_passkey (bytea, uuid, bigint, bytea, timestamptz),
  identity.staff_people (bytea), identity.staff_enrolments (bytea), identity.grant_staff_enrolment (bytea, uuid, uuid) to aegis_staff;
