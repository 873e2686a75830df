-- why: accepted risks and false positives are claims that a person signed, for a time; lock: access exclusive on app.finding and app.job for a moment
-- A claim as it was signed: nothing of it changes but its end. The signature is kept with the key that it was checked with, so that it
-- can be checked again when the passkey is long gone.
create table app.suppression (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  member_id uuid not null,
  decision text not null check (decision in ('accepted_risk', 'false_positive')),
  reason text not null check (length(reason) between 10 and 4000),
  justification text check (length(justification) between 1 and 100),
  scope jsonb not null,
  scope_kind text not null check (scope_kind in ('finding', 'rule', 'advisory')),
  signed_at timestamptz(3) not null default clock_timestamp(),
  expires_at timestamptz(3) not null,
  ended_at timestamptz(3),
  action text not null,
  action_sha256 bytea not null check (action_sha256 = sha256(convert_to(action, 'UTF8'))),
  assertion jsonb not null,
  credential_id bytea not null check (length(credential_id) between 16 and 1023),
  public_key bytea not null check (length(public_key) between 32 and 2000),
  origin text not null check (length(origin) between 1 and 300),
  rp_id text not null check (length(rp_id) between 1 and 253),
  primary key (tenant_id, id),
  unique (tenant_id, action_sha256),
  foreign key (tenant_id, member_id) references app.member (tenant_id, id),
  check (expires_at > signed_at)
);
select app.protect('app.suppression');
create index suppression_order on app.suppression (tenant_id, signed_at desc, id desc);
create index suppression_waiting on app.suppression (tenant_id, scope_kind) where ended_at is null;
grant select, insert on app.suppression to aegis_api;
grant select on app.suppression to aegis_worker;
grant update (ended_at) on app.suppression to aegis_api, aegis_worker;

-- The findings that were shown, each with what it was then.
create table app.suppression_item (
  tenant_id uuid not null,
  suppression_id uuid not null,
  finding_id uuid not null,
  content_sha256 bytea not null check (length(content_sha256) = 32),
  rule_version integer not null,
  primary key (tenant_id, suppression_id, finding_id),
  foreign key (tenant_id, suppression_id) references app.suppression (tenant_id, id),
  foreign key (tenant_id, finding_id) references app.finding (tenant_id, id)
);
select app.protect('app.suppression_item');
create index suppression_item_of_finding on app.suppression_item (tenant_id, finding_id);
grant select, insert on app.suppression_item to aegis_api;
grant select on app.suppression_item to aegis_worker;

-- No finding is quiet without a claim. `content_sha256`: over what was found; unknown until a scan has seen it again.
alter table app.finding drop constraint finding_state_check;
alter table app.finding add constraint finding_state_check check (state in ('open', 'reopened', 'in_review', 'confirmed', 'accepted_risk',
  'false_positive', 'fixed', 'proposed'));
alter table app.finding add column content_sha256 bytea check (length(content_sha256) = 32), add column suppression_id uuid,
  add column suppressed_until timestamptz(3),
  add constraint finding_quiet_by_claim check (state not in ('accepted_risk', 'false_positive')
    or suppression_id is not null and suppressed_until is not null),
  add foreign key (tenant_id, suppression_id) references app.suppression (tenant_id, id);
create index finding_of_suppression on app.finding (tenant_id, suppression_id) where suppression_id is not null;
grant update (suppression_id, suppressed_until) on app.finding to aegis_api;

-- Where a finding stands, now: a claim whose date has come keeps nothing quiet, whether or not somebody has swept it up.
create function app.standing (state text, until timestamptz) returns text language sql stable parallel safe as $$
  select case when state in ('accepted_risk', 'false_positive') and until <= statement_timestamp() then 'reopened' else state end
$$;

-- Whether the scope of a claim takes a finding in. A claim about findings names them: see app.suppression_item. Of advisories all must be
-- among the claim's names: one more is a flaw that nobody has looked at.
create function app.scope_covers (scope jsonb, f app.finding) returns boolean language sql immutable parallel safe as $$
  select case scope ->> 'kind'
    when 'rule' then f.repository_id = (scope ->> 'repositoryId')::uuid and f.rule_id = scope ->> 'ruleId'
      and f.rule_version = (scope ->> 'ruleVersion')::integer
      and (f.path = scope ->> 'path' or starts_with(f.path, (scope ->> 'path') || '/'))
    when 'advisory' then f.rule_id = scope ->> 'ruleId' and f.rule_version = (scope ->> 'ruleVersion')::integer
      and f.detail #> '{dependency,advisoryIds}' <> '[]' and f.detail #> '{dependency,advisoryIds}' <@ (scope -> 'advisoryIds')
    else false end
$$;
grant execute on function app.scope_covers (jsonb, app.finding) to aegis_api, aegis_worker;
grant execute on function app.standing (text, timestamptz) to aegis_api, aegis_worker, aegis_staff;

-- One kind of job more, and claims go with the findings of an account that is erased.
do $$
declare
  kinds constant text := (select pg_get_constraintdef(c.oid) from pg_constraint c where c.conrelid = 'app.job'::regclass and c.conname = 'job_kind_check');
  erases constant text := pg_get_functiondef('app.erase_rows(integer)'::regprocedure);
begin
  if strpos(kinds, 'ARRAY[') = 0 or strpos(erases, '''app.tool_sighting'', ''app.finding'', ') = 0 then
    raise exception 'what is added to here is not what this was written for';
  end if;
  alter table app.job drop constraint job_kind_check;
  execute 'alter table app.job add constraint job_kind_check ' || replace(kinds, 'ARRAY[', 'ARRAY[''suppression.expire''::text, ');
  execute replace(erases, '''app.tool_sighting'', ''app.finding'', ', '''app.tool_sighting'', ''app.suppression_item'', ''app.finding'', ''app.suppression'', ');
end $$;
grant select, delete on app.suppression, app.suppression_item to aegis_keeper;
