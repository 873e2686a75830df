import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testApi, type TestApi } from '../../../tools/testing/api.ts';
import { commandRunner } from '../../../tools/testing/cli-terminal.ts';
import { plantFindings, plantRepository, plantScan } from '../../../tools/testing/plant.ts';
import { keepApiAddress } from '../api/api-address.ts';
import { runVexCommand } from './run-vex-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'aegis-vex-'));
let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  const repositoryId = await plantRepository(api, api.acme, 'shop');
  const scanId = await plantScan(api, api.acme, { repositoryId, state: 'succeeded' });
  const of = { repositoryId, scanId, path: 'package-lock.json' };
  const ids = await plantFindings(api, api.acme, [{ ...of, state: 'confirmed' }, { ...of, state: 'fixed' }, of, { ...of, path: 'a.js' }]);
  for (const [index, id] of ids.slice(0, 3).entries()) {
    const dependency = {
      purl: `pkg:npm/p${String(index)}@1.0.0`,
      installedVersion: '1.0.0',
      fixedVersions: [],
      advisoryIds: [`GHSA-${String(index)}`],
    };
    await api.database.admin(`update app.finding set analyzer = 'sca', detail = detail || $2 where id = $1`, [
      id,
      JSON.stringify({ dependency }),
    ]);
  }
  await plantRepository(api, api.acme, 'quiet');
  await plantRepository(api, api.other, 'vault');
  await keepApiAddress(folder, { base: api.base, token: api.acme.read });
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

const aegis = commandRunner(folder);
const vex = (...argv: readonly string[]) => aegis(runVexCommand, ...argv);

describe('aegis vex', () => {
  it('findings_of_dependencies_become_statements_by_where_they_stand_and_their_reading_is_in_the_log', async () => {
    const { code, out, errors } = await vex('shop', '--author', 'Acme');
    expect([code, errors]).toEqual([0, '']);
    const { statements, author } = JSON.parse(out) as { author: string; statements: { vulnerability: { name: string }; status: string }[] };
    expect([author, statements.map(({ vulnerability, status }) => `${vulnerability.name} ${status}`).toSorted()]).toEqual([
      'Acme',
      ['GHSA-0 affected', 'GHSA-1 fixed', 'GHSA-2 under_investigation'],
    ]);
    expect(JSON.stringify(statements)).toContain('"products":[{"@id":"pkg:generic/shop","subcomponents":[{"@id":"pkg:npm/p');
    expect((await api.audit(api.acme.id, 'evidence.read')).length).toBeGreaterThanOrEqual(3);
  });

  it('a_product_of_ones_own_is_named_and_the_document_goes_whole_to_a_file', async () => {
    const output = join(folder, 'shop.openvex.json');
    expect(await vex('shop', '--author', 'Acme', '--product', 'pkg:oci/shop', '--output', output)).toEqual({
      code: 0,
      out: '',
      errors: '',
    });
    expect(readFileSync(output, 'utf8')).toContain('"@id": "pkg:oci/shop"');
  });

  it.each([
    [['nowhere', '--author', 'Acme'], 1, '(cli.repository_unknown)'],
    [['vault', '--author', 'Acme'], 1, '(cli.repository_unknown)'],
    [['quiet', '--author', 'Acme'], 1, '(cli.nothing_to_state)'],
    [['shop', '--author', 'Acme', '--output', '/nowhere/a.json'], 1, '(output.unwritable)'],
    [['shop'], 2, 'give --author'],
    [[], 2, 'something is missing'],
  ])('%j_exits_%i_and_says_%s', async (argv, exit, why) => {
    const { code, out, errors } = await vex(...argv);
    expect([code, out, errors.includes(why)]).toEqual([exit, '', true]);
  });
});
