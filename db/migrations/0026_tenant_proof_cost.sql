-- why: the proof of the tenant is checked with fewer steps, each of which costs every statement; lock: none (a function is replaced)
-- The same proof, read by place instead of by parts: key 8, tenant 36, end 10 characters, each followed by a dot, then backend, dot, mac.
-- The backend is not read but known, so that one comparison holds both. A third of the cost was in setting up steps, not in hashing.
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
    sha256(convert_to('.' || backend || '.' || encode(sha256(secret || sha256(secret || convert_to(backend, 'UTF8'))), 'hex'), 'UTF8'))
  then raise exception 'the proof of the tenant does not hold' using errcode = '28000'; end if;
  if substr(proof, 47, 10)::bigint < date_part('epoch', clock_timestamp()) then
    raise exception 'the proof of the tenant has expired' using errcode = '28000';
  end if;
  return substr(proof, 10, 36)::uuid;
end $$;
