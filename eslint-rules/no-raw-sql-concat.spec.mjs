import { noRawSqlConcat } from './no-raw-sql-concat.mjs';
import { as, ruleTester } from './rule-tester.mjs';

const store = 'libs/flow/findings/findings.store.ts';
const head =
  'declare const sql: (name: string) => (parts: TemplateStringsArray, ...values: unknown[]) => unknown; declare const id: string;';

ruleTester.run('no-raw-sql-concat', noRawSqlConcat, {
  valid: [
    as(store, "import { sql } from '@lib/platform/db'; export { sql };"),
    as('apps/api/main.ts', "import { openDatabase } from '@lib/platform/db'; export { openDatabase };"),
    as(store, `${head} export const s = sql('findings.get')\`select id from app.finding where id = \${id}\`;`),
    as(store, `${head} export const message = \`please select one of \${id}\`;`),
    as(store, `${head} export const path = 'a' + id;`),
    as('libs/platform/db/database.ts', `${head} export const ddl = \`create role \${id} login\`;`),
  ],
  invalid: [
    as('libs/flow/findings/list-findings.ts', "import { sql } from '@lib/platform/db'; export { sql };", ['place']),
    as('apps/api/main.ts', "import { sql as text } from '@lib/platform/db'; export { text };", ['place']),
    as(store, `${head} export const s = \`select id from app.finding where id = '\${id}'\`;`, ['pasted']),
    as(store, `${head} export const s = \`delete from app.finding where id = \${id}\`;`, ['pasted']),
    as(store, `${head} export const s = 'select id from app.finding where id = ' + id;`, ['pasted']),
    as(store, `${head} export const s = \`with x as (select 1) select * from \${id}\`;`, ['pasted']),
    as(store, `${head} export const s = \`set local app.tenant_id = '\${id}'\`;`, ['pasted']),
    as(store, `${head} export const s = sql(id)\`select 1\`;`, ['name']),
    as(store, `${head} export const s = sql(\`find.\${id}\`)\`select 1\`;`, ['name']),
    as(store, `${head} export const s = { name: 'x', text: id, values: [] };`, ['forged']),
  ],
});
