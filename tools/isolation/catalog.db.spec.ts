import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withAdmin } from '@lib/platform/db';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { askCatalog, readCatalogProbes } from './catalog-probes.ts';

const probes = await readCatalogProbes();
let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

test.each(probes)('$id finds no $what', async (probe) => {
  expect(await withAdmin(database, (admin) => askCatalog(admin, [probe]))).toEqual([]);
});

/** Each change that would open a way, with the probe that must see it. Tried in a transaction that is rolled back. */
const mutants: readonly (readonly [probe: string, change: string])[] = [
  ['P01', 'alter table app.finding no force row level security'],
  ['P01', 'alter table app.finding disable row level security'],
  ['P01', 'create table public.copy (tenant_id uuid not null)'],
  ['P01b', 'create table app.open (n integer); alter table app.open disable row level security'],
  ['P02', 'create table app.lookup (n integer); grant select on app.lookup to aegis_api'],
  ['P02', 'create table app.lookup (n integer); grant select (n) on app.lookup to aegis_worker'],
  ['P02b', 'grant select on identity.credential to aegis_identity'],
  ['P02b', 'grant select (tenant_id) on ops.ready_tenant to aegis_worker'],
  ['P03', 'drop policy floor on app.finding'],
  ['P03', 'alter policy floor on app.finding using (true)'],
  ['P03', 'alter policy floor on app.finding to aegis_api'],
  ['P03', `alter policy floor on app.finding using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`],
  ['P03b', 'drop policy allow on app.sighting'],
  ['P03b', 'create policy extra on app.finding for select using (severity = 1)'],
  ['P03b', 'create policy own on app.finding for update using (true) with check (true)'],
  ['P04', 'alter policy floor on app.sighting with check (true)'],
  ['P05', 'alter policy allow on app.finding using (true) with check (true)'],
  ['P06', 'alter role aegis_worker bypassrls'],
  ['P06', 'alter role aegis_keeper createrole'],
  ['P06', 'grant aegis_owner to aegis_api'],
  ['P06', 'alter table app.sighting owner to aegis_api'],
  ['P06b', 'alter table app.sighting owner to aegis_keeper'],
  ['P06b', 'alter role aegis_owner login'],
  ['P07', 'grant pg_read_all_data to aegis_worker'],
  ['P08', 'grant truncate on app.finding to aegis_api'],
  ['P08', 'grant maintain on app.finding to aegis_api'],
  ['P08', `do $$ begin execute format('grant temporary on database %I to aegis_api', current_database()); end $$`],
  ['P08', 'grant create on schema app to aegis_api'],
  ['P08b', 'grant usage on language sql to aegis_api'],
  ['P08c', 'grant select on pg_stat_activity to public'],
  ['P08c', 'grant execute on function pg_terminate_backend(integer, bigint) to public'],
  ['P08c', 'grant execute on function pg_advisory_lock(bigint) to public'],
  ['P09', 'create view app.all_findings as select * from app.finding'],
  [
    'P10',
    `create function app.f() returns bigint language sql security definer as 'select count(*) from app.finding'; grant execute on function app.f() to aegis_api`,
  ],
  ['P10', 'alter function identity.find_credential(bytea) reset search_path'],
  ['P10', 'alter function identity.find_credential(bytea) owner to aegis_owner'],
  ['P10', 'grant execute on function identity.find_credential(bytea) to aegis_api'],
  ['P10', 'grant execute on function ops.claim_epoch() to aegis_worker'],
  ['P10b', 'grant execute on function app.protect(regclass) to public'],
  ['P11', 'create materialized view app.m as select * from app.finding; grant select on app.m to aegis_api'],
  ['P11', 'select lo_create(0)'],
  [
    'P12',
    `create table app.parted (tenant_id uuid not null, d date) partition by range (d); create table app.part partition of app.parted for values from (minvalue) to (maxvalue); grant select on app.part to aegis_api`,
  ],
  ['P13', 'create unique index on app.finding (fingerprint)'],
  [
    'P14',
    'alter table app.finding add constraint u unique (id); alter table app.sighting add foreign key (finding_id) references app.finding (id) on delete cascade',
  ],
  ['P15', 'create sequence app.s; grant usage on sequence app.s to aegis_api'],
  ['P16', 'create extension pg_trgm'],
  ['P16', `create function app.l(text) returns boolean language sql immutable leakproof as 'select true'`],
  ['P17', 'create publication p for table app.finding'],
  ['P19', 'drop event trigger force_rls'],
  ['P19', 'alter event trigger force_rls disable'],
  ['P21', `create type app.k as enum ('a'); alter table app.finding add column kind app.k; create index on app.finding (tenant_id, kind)`],
  ['P22', 'alter default privileges in schema app grant select on tables to aegis_api'],
  ['P22', 'alter default privileges in schema app grant select on tables to public'],
  ['D01', 'alter table app.scan alter column created_at type timestamptz'],
  ['D02', `do $$ begin execute format('grant connect on database %I to public', current_database()); end $$`],
  ['D02', 'grant usage on schema app to public'],
];

describe('a change that opens a way turns the catalogue red', () => {
  test.each(mutants)('%s sees: %s', async (probe, change) => {
    const found = await withAdmin(database, async (admin) => {
      await admin.run('begin', 'begin');
      await admin.run('mutant', change);
      const answers = await askCatalog(admin, probes);
      await admin.run('rollback', 'rollback');
      return answers;
    });
    expect(found.map((line) => line.split(' ')[0])).toContain(probe);
  });

  test('every probe but those on the server itself has such a change', () => {
    const seen = new Set(mutants.map(([probe]) => probe));
    expect(probes.map(({ id }) => id).filter((id) => !seen.has(id))).toEqual([]);
  });
});
