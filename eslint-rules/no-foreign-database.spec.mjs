import { noForeignDatabase } from './no-foreign-database.mjs';
import { as, ruleTester } from './rule-tester.mjs';

const flow = 'libs/flow/findings/list-findings.ts';
const real = "import type { TenantTx } from '../../guard/tenancy/tenant-tx.ts';";

ruleTester.run('no-foreign-database', noForeignDatabase, {
  valid: [
    as(flow, `${real} export const list = (tx: TenantTx) => tx.query('select 1');`),
    as(flow, `${real} export const list = (deps: { tx: TenantTx }) => deps.tx.query('select 1');`),
    as(flow, 'export const page = (request: { query: { limit: number } }) => request.query.limit;'),
    as(flow, "import { page } from 'pgpage'; export { page };"),
    as(flow, "import { openDatabase, sql } from '@lib/platform/db'; export { openDatabase, sql };"),
    as('libs/platform/db/database.ts', "import { Pool } from 'pg'; export const pool = new Pool();"),
    as('libs/guard/tenancy/with-tenant.ts', 'export const run = (client: { query: (text: string) => void }) => client.query("begin");'),
    as('libs/flow/findings/findings.store.spec.ts', "import { Client } from 'pg'; export const c = new Client();"),
  ],
  invalid: [
    as(flow, "import pg from 'pg'; export { pg };", ['driver']),
    as(flow, "import type { Pool } from 'pg'; export type P = Pool;", ['driver']),
    as(flow, "export { Pool } from 'pg';", ['driver']),
    as(flow, "export * from 'pg-copy-streams';", ['driver']),
    as(flow, "export type P = import('pg').Pool;", ['driver']),
    as(flow, "import { drizzle } from 'drizzle-orm/node-postgres'; export { drizzle };", ['driver']),
    as(flow, "import { DatabaseSync } from 'node:sqlite'; export { DatabaseSync };", ['driver']),
    as(flow, "export const pg = await import('pg');", ['driver']),
    as(flow, "declare const require: (name: string) => unknown; export const pg = require('pg');", ['driver']),
    as(flow, "declare const require: { resolve: (name: string) => string }; export const at = require.resolve('pg');", ['driver']),
    as(flow, "import pg = require('pg'); export { pg };", ['driver']),
    as(flow, 'declare const pg: { Pool: new () => object }; export const pool = new pg.Pool();', ['client']),
    as(flow, 'declare class Client {} export const client = new Client();', ['client']),
    as(flow, 'export const run = (pool: { query: (text: string) => void }) => pool.query("select 1");', ['query']),
    as(flow, 'export const run = (pool: { query: (text: string) => void }) => pool["query"]("select 1");', ['query']),
    as(flow, 'export const run = (pool: { query: (text: string) => void }) => pool.query.call(pool, "select 1");', ['query']),
    as(flow, 'export const run = (pool?: { query: (text: string) => void }) => pool?.query("select 1");', ['query']),
    // one that calls itself TenantTx, and one that copies the brand
    as(flow, 'type TenantTx = { query: (text: string) => void }; export const run = (tx: TenantTx) => tx.query("select 1");', ['query']),
    as(
      flow,
      'declare const madeByWithTenant: unique symbol; type TenantTx = { [madeByWithTenant]: true; query: (text: string) => void }; export const run = (tx: TenantTx) => tx.query("select 1");',
      ['query'],
    ),
    as(flow, "import { lendConnection } from '@lib/platform/db'; export { lendConnection };", ['driver']),
    as(flow, "import { withAdmin as quietly } from '@lib/platform/db'; export { quietly };", ['driver']),
    as(flow, "import * as db from '@lib/platform/db'; export { db };", ['driver']),
    as(flow, "export { lendConnection } from '@lib/platform/db';", ['driver']),
    as(flow, "export * from '@lib/platform/db';", ['driver']),
    as('apps/api/main.ts', "import { Pool } from 'pg'; export const pool = new Pool();", ['driver', 'client']),
  ],
});
