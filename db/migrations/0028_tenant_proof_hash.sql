-- why: the proof of the tenant is bound to its backend by one hash instead of two, which every statement pays for; lock: none (functions are replaced)
-- H(secret || backend): both lie in one block of SHA-256, the secret has a fixed length and the backend is compared as a whole, so what
-- extending a hash would give is the proof of no backend. A proof lives for a minute: those of before fail once and are made again.
create or replace function app.current_tenant () returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  proof constant text := current_setting('app.tenant_proof', true);
  inward bytea;
  outward bytea;
  secret bytea;
  backend text;
begin
  if proof is null or proof = '' then return null; end if;
  select k.inner_pad, k.outer_pad into inward, outward from identity.proof_key k
  where k.kid = left(proof, 8) and (k.retired_at is null or k.retired_at > clock_timestamp() - interval '1 minute');
  secret := sha256(outward || sha256(inward || convert_to(left(proof, 56) || '.' || session_user, 'UTF8')));
  backend := case when substr(proof, 58, 1) = '*' then '*' else pg_backend_pid()::text end;
  if sha256(convert_to(substr(proof, 57), 'UTF8')) is distinct from
    sha256(convert_to('.' || backend || '.' || encode(sha256(secret || convert_to(backend, 'UTF8')), 'hex'), 'UTF8'))
  then raise exception 'the proof of the tenant does not hold' using errcode = '28000'; end if;
  if substr(proof, 47, 10)::bigint < date_part('epoch', clock_timestamp()) then
    raise exception 'the proof of the tenant has expired' using errcode = '28000';
  end if;
  return substr(proof, 10, 36)::uuid;
end $$;

create or replace function identity.enter_tenant (tenant uuid) returns void language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  pass constant text[] := string_to_array(identity.mint_pass(tenant, session_user), '.');
  secret constant bytea := decode(pass[4], 'hex');
begin
  perform set_config('app.tenant_proof', array_to_string(pass[1:3], '.') || '.*.' || encode(sha256(secret || convert_to('*', 'UTF8')), 'hex'), true);
end $$;
