import { noForeignWrites } from './no-foreign-writes.mjs';
import { as, ruleTester } from './rule-tester.mjs';

const store = 'libs/flow/findings/findings.store.ts';
const head =
  'declare const sql: (name: string) => (parts: TemplateStringsArray, ...values: unknown[]) => unknown; declare const id: string;';
const run = (text) => `${head} export const statement = sql('findings.x')\`${text}\`;`;

ruleTester.run('no-foreign-writes', noForeignWrites, {
  valid: [
    as(store, run('insert into app.finding (id) values (${id}) on conflict (id) do update set title = excluded.title')),
    as(store, run('update app.sighting set seen = true where id = ${id}')),
    as(store, run('select f.id from app.finding f join app.scan s on s.id = f.scan_id for update of s skip locked')),
    as(store, run("select 'delete from app.scan' -- update app.scan")),
    as(store, 'export const prose = `please update app.scan set by hand`;'),
    as('libs/flow/findings/findings.store.spec.ts', run('delete from app.scan')),
  ],
  invalid: [
    as(store, run('update app.scan set state = ${id}'), ['foreign']),
    as(store, run('insert into app.audit_leaf (id) values (${id})'), ['foreign']),
    as(store, run('DELETE FROM ONLY "app"."job"'), ['foreign']),
    as(store, run('with gone as (delete from app.session where id = ${id} returning id) select id from gone'), ['foreign']),
    as(store, run('merge into app.tenant t using x on true when matched then do nothing'), ['foreign']),
    as(store, run('truncate table app.repository'), ['foreign']),
    as(store, run('insert into app.nobodys (id) values (${id})'), ['unknown']),
    as(store, run('delete from ${id}'), ['hidden']),
  ],
});
