-- why: answers to POST requests, replayed when the same key comes again; lock: none (new table)
create table app.idempotency (
  tenant_id uuid not null references app.tenant (tenant_id),
  key text not null check (length(key) between 1 and 255),
  operation text not null,
  request_sha256 bytea not null check (length(request_sha256) = 32),
  status smallint,
  body text,
  created_at timestamptz(3) not null default clock_timestamp(),
  primary key (tenant_id, key)
);
select app.protect('app.idempotency');
grant select, insert, update, delete on app.idempotency to aegis_api;
