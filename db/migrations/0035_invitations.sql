-- why: invitations, and leaving, with a time in which it can be undone; lock: access exclusive on identity.credential for a moment
create table app.invitation (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  email text not null check (length(email) between 3 and 254 and email = lower(email)),
  role text not null check (role in ('owner', 'admin', 'analyst', 'developer', 'auditor')),
  invited_by uuid, -- none: a token of the tenant itself
  created_at timestamptz(3) not null default clock_timestamp(),
  expires_at timestamptz(3) not null,
  ended_at timestamptz(3), -- accepted or revoked
  member_id uuid, -- who came of it
  primary key (tenant_id, id),
  foreign key (tenant_id, invited_by) references app.member (tenant_id, id),
  foreign key (tenant_id, member_id) references app.member (tenant_id, id)
);
create unique index invitation_open on app.invitation (tenant_id, email) where ended_at is null;
create index invitation_order on app.invitation (tenant_id, created_at, id);
select app.protect('app.invitation');
grant select, insert on app.invitation to aegis_api;
grant update (ended_at, member_id) on app.invitation to aegis_api;

alter table identity.credential drop constraint credential_kind_check;
alter table identity.credential add constraint credential_kind_check check (kind in ('token', 'session', 'code', 'invitation'));

-- The pass to accept an invitation with: against its secret and the address that it is for. It spends nothing: that is done in the
-- transaction that makes the member, by app.invitation's own row.
create function identity.open_invitation (credential_hash bytea, address text)
returns table (tenant_id uuid, invitation_id uuid, pass text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
declare
  c identity.credential;
begin
  select * into c from identity.credential k
  where k.hash = credential_hash and k.kind = 'invitation' and k.revoked_at is null and k.expires_at > clock_timestamp();
  if not found then return; end if;
  perform identity.enter_tenant(c.tenant_id);
  return query select i.tenant_id, i.id, identity.mint_pass(i.tenant_id, 'aegis_api') from app.invitation i
    where i.tenant_id = c.tenant_id and i.id = c.subject_id and i.email = address and i.ended_at is null and i.expires_at > clock_timestamp();
end $$;
grant select on app.invitation to aegis_keeper;
grant execute on function identity.open_invitation (bytea, text) to aegis_identity;

alter table app.job drop constraint job_kind_check;
alter table app.job add constraint job_kind_check check (kind in ('ingest.seal', 'scan.analyze', 'findings.record', 'evidence.keep',
  'evidence.expire', 'export.bundle', 'export.expire', 'forge.handle', 'forge.sync', 'forge.report', 'forge.reconcile', 'member.leave'));

-- The worker finishes what was begun: a member's passkeys, name and address go, the tokens stay closed for good.
grant select on app.member, app.passkey, app.api_token to aegis_worker;
grant update (name, email, state) on app.member to aegis_worker;
grant delete on app.passkey to aegis_worker;
grant update (revoked_at) on app.api_token to aegis_worker;
grant usage on schema identity to aegis_worker;
grant execute on function identity.revoke_credential (uuid) to aegis_worker;
