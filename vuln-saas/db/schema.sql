-- Every row of a tenant's own table carries tenant_id; plans and currencies belong to nobody.
create table tenants (id uuid primary key, slug text not null unique, name text not null, plan_code text not null);
create table plans (code text primary key, title text not null, monthly_cents integer not null);
create table currencies (code text primary key, minor_units integer not null);
create table users (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  email text not null,
  display_name text not null,
  locale text not null default 'en',
  role text not null default 'member',
  password_hash text not null,
  reset_token text,
  unique (tenant_id, email)
);
create table customers (id uuid primary key, tenant_id uuid not null references tenants (id), name text not null, vat_number text);
create table invoices (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  customer_id uuid not null references customers (id),
  number text not null,
  status text not null,
  total_cents bigint not null,
  issued_on date not null
);
create table payments (id uuid primary key, tenant_id uuid not null references tenants (id), invoice_id uuid not null references invoices (id), amount_cents bigint not null);
create table documents (id uuid primary key, tenant_id uuid not null references tenants (id), title text not null, stored_as text not null, sha256 text not null);
