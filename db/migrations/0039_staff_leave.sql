-- why: somebody of staff who leaves is shut out at once, by any other of them; lock: none (a function, a grant)
-- Shutting out takes one person, letting in takes two. What the one who leaves had open shows nothing from the commit on: the policies
-- ask for an active person at each row.
create function identity.shut_out_staff (session_hash bytea, person uuid) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  by_whom constant uuid := (select l.person_id from identity.live_staff(session_hash) l);
begin
  if by_whom is null then return 'session_unknown'; end if;
  if by_whom = person then return 'same_person'; end if;
  if (select count(*) from identity.staff_passkey k where k.person_id = by_whom) < 2 then return 'authenticators_missing'; end if;
  update identity.staff_person p set state = 'left' where p.id = person and p.state = 'active';
  if not found then return 'unknown'; end if;
  delete from identity.staff_passkey k where k.person_id = person;
  update identity.staff_session s set ended_at = clock_timestamp() where s.person_id = person and s.ended_at is null;
  return 'left';
end $$;
grant update (state) on identity.staff_person to aegis_keeper;
grant execute on function identity.shut_out_staff (bytea, uuid) to aegis_staff;
