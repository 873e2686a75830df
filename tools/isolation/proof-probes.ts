import { lendConnection, StatementFault, type Statement } from '@lib/platform/db';
import { bindProof } from '../../libs/guard/tenancy/bind-proof.ts';
import { enterTenant } from '../../libs/guard/tenancy/tenancy.store.ts';
import type { Probe } from './probe.ts';
import { tenantA, tenantB, type Attacker, type Target } from './session-target.ts';

const later = '99999999999';
const forgedText = `'none.${tenantB}.${later}.*.00'`;
/** Statements of tenant A as an injection might leave them. */
const injections: readonly string[] = [
  `select tenant_id from app.repository where set_config('app.tenant_id', '${tenantB}', true) is not null`,
  `select tenant_id from app.repository where set_config('app.tenant_proof', ${forgedText}, true) is not null`,
  `select tenant_id from app.repository where set_config('app.tenant_proof', '', true) is null or tenant_id = '${tenantB}'`,
  `with s as materialized (select set_config('app.tenant_proof', ${forgedText}, true)) select r.tenant_id from s, app.repository r`,
  `select r.tenant_id from set_config('app.tenant_id', '${tenantB}', false) s, app.repository r`,
  `select tenant_id from app.repository where 1 = 0 union all select tenant_id from app.repository where tenant_id = '${tenantB}'`,
  `select (select j.tenant_id from app.job j where j.tenant_id <> '${tenantA}' limit 1) as tenant_id`,
  `select s.tenant_id from app.repository r left join app.scan s on s.tenant_id <> r.tenant_id`,
  `select tenant_id from app.repository where app.current_tenant() = '${tenantB}'`,
  `select tenant_id from app.repository order by (select tenant_id from app.tenant where tenant_id <> '${tenantA}')`,
  `select 1; select set_config('app.tenant_id', '${tenantB}', false)`,
  `select pg_catalog.set_config(name, '${tenantB}', true)::text as tenant_id from pg_catalog.pg_settings where name like 'app.%'`,
];

/** Ways to forge the proof of the tenant, to make a statement change it, and to have one made. */
export const proofProbes: readonly Probe<Target>[] = [
  ...Object.entries(forgeries()).map(([name, forge]): Probe<Target> => ({
    id: `P41.${name}`,
    what: `a proof with ${name.replaceAll('-', ' ')} opens nothing`,
    attack: async (target) => forged(target.pools.aegis_api, forge, target),
  })),
  ...injections.map((text, index): Probe<Target> => ({
    id: `P42.${String(index + 1)}`,
    what: `injected: ${text}`,
    attack: async (target) => [...(await injected(target.pools.aegis_api, text)), ...(await injected(target.pools.aegis_worker, text))],
  })),
];

type Forge = (facts: { readonly pass: string; readonly backend: string; readonly target: Target }) => string | Promise<string>;

function forgeries(): Readonly<Record<string, Forge>> {
  const changed =
    (part: number, to: string): Forge =>
    ({ pass, backend }) =>
      bindProof(pass, backend).split('.').with(part, to).join('.');
  return {
    'the-bare-id-of-a-tenant': () => tenantB,
    'another-tenant': changed(1, tenantB),
    'a-later-end': changed(2, later),
    'an-unknown-key': changed(0, '00000000'),
    'an-empty-mac': changed(4, ''),
    'a-part-less': ({ pass, backend }) => bindProof(pass, backend).split('.').slice(0, 4).join('.'),
    'a-part-more': ({ pass, backend }) => `${bindProof(pass, backend)}.0`,
    'a-key-of-the-attackers-own': ({ pass, backend }) =>
      bindProof(`${pass.split('.')[0] ?? ''}.${tenantB}.${later}.${'00'.repeat(32)}`, backend),
    'no-key-and-no-mac': () => `none.${tenantB}.${later}.*.`,
    'nothing-but-dots': () => '....',
    'every-backend-after-it-was-bound': changed(3, '*'),
    'another-backend': async ({ target }) => bindProof(await target.mint(tenantB, 'aegis_api'), '1'),
    'another-role': async ({ backend, target }) => bindProof(await target.mint(tenantB, 'aegis_worker'), backend),
    'its-end-behind-it': async ({ backend, target }) => bindProof(await target.mint(tenantB, 'aegis_api', '2026-01-01T00:00:00Z'), backend),
    'the-secret-of-the-pass-in-it': ({ pass }) => pass,
  };
}

/** Rows of any tenant, the forger's own too: a proof that was tampered with opens nothing. */
async function forged(attacker: Attacker, forge: Forge, target: Target): Promise<readonly string[]> {
  const pass = await target.mint(tenantA, 'aegis_api');
  return lendConnection(attacker.database, async (connection) => {
    const setting = await forge({ pass, backend: connection.backend, target });
    const outcome = await rowsOf(
      connection.sendTogether(enterTenant(setting), { name: '', text: 'select tenant_id from app.repository', values: [] }),
    );
    return outcome === '28000' || outcome === '0 rows' ? [] : [outcome];
  });
}

async function injected(attacker: Attacker, text: string): Promise<readonly string[]> {
  const pass = await attacker.pass(tenantA).proofFor(attacker.database.role);
  const statement: Statement = { name: '', text, values: [] };
  return lendConnection(attacker.database, async (connection) => {
    const own = bindProof(pass, connection.backend);
    const outcome = await rowsOf(connection.sendTogether(enterTenant(own), statement));
    // what it left behind must not reach the next borrower either
    const next = await rowsOf(connection.send({ name: '', text: 'select tenant_id from app.repository', values: [] }));
    const allowed = ['own rows', '0 rows', '28000', '42601', '42501'];
    return [...(allowed.includes(outcome) ? [] : [outcome]), ...(['0 rows', '28000'].includes(next) ? [] : [`next borrower: ${next}`])];
  });
}

/** `0 rows`, `own rows` of tenant A, `N foreign rows`, or the SQLSTATE. */
async function rowsOf(answer: Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>): Promise<string> {
  try {
    const { rows } = await answer;
    if (rows.length === 0) return '0 rows';
    const foreign = rows.filter((row) => row['tenant_id'] !== tenantA && row['tenant_id'] !== null);
    return foreign.length === 0 ? 'own rows' : `${String(foreign.length)} foreign rows`;
  } catch (error) {
    if (error instanceof StatementFault) return error.sqlState;
    throw error;
  }
}
