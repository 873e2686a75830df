import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localSandbox, type Sandbox, type Unpacker } from '@lib/platform/sandbox';
import { bundleSandbox } from '../../../sandbox/bundle.ts';
import { testFolder } from '../../../sandbox/escape/test-runtime.ts';
import { runSbomCommand } from './run-sbom-command.ts';

const folder = testFolder();
const project = join(folder.path, 'shop');
let sandbox: Sandbox & Unpacker;
beforeAll(async () => {
  await bundleSandbox({ outDirectory: join(folder.path, 'runtime') });
  sandbox = localSandbox({ runtimeDirectory: join(folder.path, 'runtime'), stageInto: [join(folder.path, 'staged')] });
  mkdirSync(project);
  const packages = {
    '': { name: 'shop', dependencies: { express: '^4.0.0' } },
    'node_modules/express': { version: '4.19.2', license: 'MIT', dependencies: { ms: '2.0.0' } },
    'node_modules/ms': { version: '2.0.0' },
  };
  writeFileSync(join(project, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
}, 240_000);
afterAll(() => folder.remove());

async function sbom(argv: readonly string[]): Promise<{ code: number; out: string; errors: string }> {
  let out = '';
  let errors = '';
  const code = await runSbomCommand(argv, {
    write: (text) => void (out += text),
    writeError: (text) => void (errors += text),
    isTty: false,
    noColor: true,
    checkout: folder.path,
    sandbox,
  });
  return { code, out, errors };
}

describe('aegis sbom', () => {
  it('a_projects_packages_come_through_the_sandbox_into_cyclonedx', async () => {
    const { code, out, errors } = await sbom([project]);
    expect([code, errors]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({
      specVersion: '1.6',
      metadata: { component: { name: 'shop' } },
      components: [{ purl: 'pkg:npm/express@4.19.2', licenses: [{ license: { id: 'MIT' } }] }, { purl: 'pkg:npm/ms@2.0.0' }],
    });
  });

  it('spdx_goes_whole_to_a_file', async () => {
    const output = join(folder.path, 'out.spdx.json');
    expect(await sbom([project, '--format', 'spdx', '--output', output, '--name', 'the shop'])).toEqual({ code: 0, out: '', errors: '' });
    expect(JSON.parse(readFileSync(output, 'utf8'))).toMatchObject({ spdxVersion: 'SPDX-2.3', name: 'the shop', packages: { length: 3 } });
  });

  it('a_denied_licence_exits_1_and_names_each_package_and_the_document_is_written', async () => {
    const { code, out, errors } = await sbom([project, '--deny-license', 'unknown', '--deny-license', 'GPL-3.0']);
    expect([code, errors]).toEqual([1, 'aegis: denied licence: ms 2.0.0: no licence named (package-lock.json)\n']);
    expect(JSON.parse(out)).toMatchObject({ components: { length: 2 } });
    expect((await sbom([project, '--deny-license', 'copyleft'])).code).toBe(0);
  });

  it('a_lock_file_that_cannot_be_read_exits_3_and_the_document_says_that_it_is_incomplete', async () => {
    const broken = join(folder.path, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'package-lock.json'), '{"packages": {');
    const { code, out, errors } = await sbom([broken]);
    expect(code).toBe(3);
    expect(errors).toContain('syntax error: package-lock.json (sca)');
    expect(JSON.parse(out)).toMatchObject({ components: [], compositions: [{ aggregate: 'incomplete' }] });
  });

  it('a_range_without_a_lock_file_is_named_as_what_is_not_in_it', async () => {
    const loose = join(folder.path, 'loose');
    mkdirSync(loose);
    writeFileSync(join(loose, 'package.json'), '{"dependencies":{"express":"^4.0.0"}}');
    const { code, errors } = await sbom([loose]);
    expect([code, errors]).toEqual([0, 'aegis: not in it, since no version is known: package.json, line 1: express ^4.0.0\n']);
  });

  it.each([
    [[], 'which folder or archive'],
    [['/nowhere/at/all'], '(ingest.folder_missing)'],
    [['a', 'b'], 'one source at a time'],
    [['a', '--format', 'swid'], '--format is cyclonedx or spdx'],
    [['a', '--deny-license', 'no such id'], '--deny-license is an SPDX id'],
    [['a', '--wall', '0'], '--wall needs seconds'],
    [['a', '--frmat', 'spdx'], 'Unknown option'],
  ])('%j_exits_2_and_says_why', async (argv, why) => {
    const { code, errors } = await sbom(argv);
    expect(code).toBe(2);
    expect(errors).toContain(why);
  });

  it('an_output_that_cannot_be_written_exits_2_and_names_it', async () => {
    const { code, errors } = await sbom([project, '--output', join(folder.path, 'nowhere', 'a.json')]);
    expect(code).toBe(2);
    expect(errors).toContain('cannot be written: ENOENT (output.unwritable)');
  });
});
