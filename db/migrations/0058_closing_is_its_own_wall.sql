-- why: a row for another tenant is refused by row-level security, in its words, and not by the wall around an account that closes; lock: none
-- A tenant that does not show is not this wall's to judge. The lock makes a transaction that is under way either be waited for by whoever
-- closes, or see that it has closed.
create or replace function app.refuse_closing () returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  standing text;
begin
  select t.state into standing from app.tenant t where t.tenant_id = new.tenant_id for key share;
  if standing <> 'open' then raise exception 'the account is not open' using errcode = '40001'; end if;
  return new;
end $$;
