-- why: answers to POST requests, replayed when the same key comes again; lock: none (new table)
-- `ticket` names one attempt: whoever took over an abandoned key makes the slow first attempt roll back.
create table app.idempotency (
  tenant_id uuid not null references app.tenant (tenant_id),
  key text not null check (length(key) between 1 and 255),
  operation text not null,
  request_sha256 bytea not null check (length(request_sha256) = 32),
  ticket uuid not null,
  status smallint,
  body text,
  created_at timestamptz(3) not null default clock_timestamp(),
  primary key (tenant_id, key)
);
select app.protect('app.idempotency');
create index idempotency_age on app.idempotency (tenant_id, created_at);
grant select, insert, update, delete on app.idempotency to aegis_api;
