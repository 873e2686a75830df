import { readFile } from 'node:fs/promises';
import type { Mutant } from './probe.ts';
import { loginRoles, type AdminSession } from '@lib/platform/db';

/** A question to the catalogue; any row is a finding. */
export type CatalogProbe = { readonly id: string; readonly what: string; readonly text: string };

const policyText = '(tenant_id = ( SELECT app.current_tenant() AS current_tenant))';

/** Reads the probes of `catalog-probes.sql`. */
export async function readCatalogProbes(): Promise<readonly CatalogProbe[]> {
  const text = await readFile('tools/isolation/catalog-probes.sql', 'utf8');
  return text
    .split(/^-- (?=[PD]\d)/mu)
    .slice(1)
    .map((part) => {
      const [heading = '', ...lines] = part.split('\n');
      const space = heading.indexOf(' ');
      return { id: heading.slice(0, space), what: heading.slice(space + 1), text: lines.join('\n') };
    });
}

/** Asks every probe; answers `P03 app.finding` for each finding. Leaves the session's probe settings behind. */
export async function askCatalog(admin: AdminSession, probes: readonly CatalogProbe[]): Promise<readonly string[]> {
  const settings = {
    'probe.roles': loginRoles.join(','),
    'probe.shared': (await entriesOf('db/shared-tables.txt')).map(([table]) => table).join(','),
    'probe.definers': (await entriesOf('db/callable-functions.txt'))
      .flatMap(
        ([name, rest]) =>
          rest
            .split(';')[0]
            ?.trim()
            .split(' ')
            .map((role) => `${name}=${role}`) ?? [],
      )
      .join(';'),
    'probe.policy': policyText,
    'probe.staff': (await entriesOf('db/staff-tables.txt'))
      .map(([table, rest]) => `${table}=app.staff_sees(tenant_id, ${String(reachOf(rest))})`)
      .join(';'),
  };
  for (const [name, value] of Object.entries(settings))
    await admin.rows('probe settings', 'select set_config($1, $2, false)', [name, value]);
  const found: string[] = [];
  for (const probe of probes) {
    const rows = await admin.rows(probe.id, probe.text);
    found.push(...rows.map((row) => `${probe.id} ${Object.values(row).map(String).join(' ')}`));
  }
  return found;
}

/** What the probes find with a change made, in a transaction that is rolled back. */
export async function tryMutant(admin: AdminSession, probes: readonly CatalogProbe[], mutant: Mutant): Promise<readonly string[]> {
  await admin.run('begin', 'begin');
  try {
    await admin.run('mutant', mutant.change);
    return await askCatalog(admin, probes);
  } finally {
    await admin.run('rollback', 'rollback');
  }
}

/** How far an elevation must reach for a table: `metadata; why`. */
function reachOf(rest: string): number {
  return ['metadata', 'findings', 'evidence'].indexOf(rest.split(';')[0]?.trim() ?? '') + 1;
}

/** Lines `name: rest` of a list beside the schema. */
async function entriesOf(file: string): Promise<readonly (readonly [name: string, rest: string])[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)] as const);
}
