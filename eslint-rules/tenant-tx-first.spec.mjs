import { tenantTxFirst } from './tenant-tx-first.mjs';
import { as, ruleTester } from './rule-tester.mjs';

const store = 'libs/flow/findings/findings.store.ts';
const real = "import type { TenantTx } from '../../guard/tenancy/tenant-tx.ts';";

ruleTester.run('tenant-tx-first', tenantTxFirst, {
  valid: [
    as(store, `${real} export function find(tx: TenantTx, id: string) { return [tx, id]; }`),
    as(store, `${real} export const find = (tx: TenantTx) => tx;`),
    as(store, 'export const columns = 3; export type Row = { id: string };'),
    as(store, 'function parse(row: unknown) { return row; } export const parsed = parse(1);'),
    as('libs/flow/findings/list-findings.ts', 'export function list(id: string) { return id; }'),
  ],
  invalid: [
    as(store, 'export function find(id: string) { return id; }', ['first']),
    as(store, 'export async function find() { return await Promise.resolve(1); }', ['first']),
    as(store, `${real} export function find(id: string, tx: TenantTx) { return [tx, id]; }`, ['first']),
    as(store, `${real} export function find(tx: TenantTx | undefined) { return tx; }`, ['first']),
    as(store, 'export const find = (id: string) => id;', ['first']),
    as(store, 'export default function find(id: string) { return id; }', ['first']),
    as(store, 'export class FindingStore {}', ['stored']),
  ],
});
