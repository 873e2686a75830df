-- why: repositories that a tenant has connected; lock: none (new table)
create table app.repository (
  tenant_id uuid not null references app.tenant (tenant_id),
  id uuid not null,
  name text not null check (length(name) between 1 and 200),
  source jsonb not null,
  created_at timestamptz(3) not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, name)
);
select app.protect('app.repository');
grant select, insert on app.repository to aegis_api;
grant select on app.repository to aegis_worker;
