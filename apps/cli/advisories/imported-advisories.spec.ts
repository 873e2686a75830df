import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnalyzerRun } from '@lib/contract';
import { localSandbox } from '@lib/platform/sandbox';
import { bundleSandbox } from '../../../sandbox/bundle.ts';
import { testFolder } from '../../../sandbox/escape/test-runtime.ts';
import { scanFolder } from '../scan/scan-folder.ts';
import { advisoryPlaces } from './refresh-advisories.ts';
import { runAdvisoriesCommand } from './run-advisories-command.ts';

const root = testFolder();
const places = advisoryPlaces(root.path);
const project = join(root.path, 'shop');
beforeAll(async () => {
  await bundleSandbox({ outDirectory: places.runtime });
  mkdirSync(project);
  const packages = { 'node_modules/a-package-of-ours': { version: '1.0.0' }, 'node_modules/lodash': { version: '4.17.10' } };
  writeFileSync(join(project, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
  const advisory = {
    id: 'OWN-2026-1',
    modified: '2026-11-01T00:00:00Z',
    summary: 'It tells everybody everything',
    database_specific: { severity: 'HIGH' },
    affected: [
      {
        package: { ecosystem: 'npm', name: 'a-package-of-ours' },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.0.1' }] }],
      },
    ],
  };
  writeFileSync(join(root.path, 'own.json'), JSON.stringify(advisory));
}, 240_000);
afterAll(() => root.remove());

function advisories(...argv: readonly string[]): Promise<number> {
  const nothing = (): void => undefined;
  return runAdvisoriesCommand(argv, { write: nothing, writeError: nothing, checkout: root.path });
}

describe('a scan with imported advisories', () => {
  it('uses_an_import_from_the_next_run_on_says_so_in_its_certificate_and_forgets_what_is_removed', async () => {
    const sandbox = localSandbox({
      runtimeDirectory: places.runtime,
      advisoriesDirectory: places.folder,
      stageInto: [join(root.path, 'staged')],
    });
    const scan = async (): Promise<{ readonly packages: readonly string[]; readonly run: AnalyzerRun | undefined }> => {
      const signal = AbortSignal.timeout(60_000);
      const scanned = await scanFolder(sandbox, { source: project, analyzers: ['sca'], wallMs: 60_000, signal });
      if (!scanned.ok) throw new Error(scanned.error.code);
      const packages = scanned.value.findings.map(({ dependency }) => dependency?.purl ?? '');
      return { packages: packages.toSorted(), run: scanned.value.certificate.analyzers[0] };
    };
    const before = await scan();
    expect(before.packages).toEqual(['pkg:npm/lodash@4.17.10']);

    expect(await advisories('import', join(root.path, 'own.json'), '--name', 'ours')).toBe(0);
    const after = await scan();
    expect(after.packages).toEqual(['pkg:npm/a-package-of-ours@1.0.0', 'pkg:npm/lodash@4.17.10']);
    expect(after.run?.notes.join('\n')).toContain('ours of 2026-11-01 (as imported on ');
    expect(after.run?.ruleDigest).not.toBe(before.run?.ruleDigest);

    expect(await advisories('remove', 'ours')).toBe(0);
    expect(await scan()).toMatchObject({ packages: before.packages, run: { ruleDigest: before.run?.ruleDigest } });
  });

  it('a_file_that_was_altered_after_the_import_is_not_used_and_that_is_said', async () => {
    await advisories('import', join(root.path, 'own.json'), '--name', 'ours');
    writeFileSync(join(places.folder, 'store.json'), '{"v":1,"current":{"files":[{"asset":"../../node"}]}}');
    const sandbox = localSandbox({
      runtimeDirectory: places.runtime,
      advisoriesDirectory: places.folder,
      stageInto: [join(root.path, 'staged')],
    });
    const signal = AbortSignal.timeout(60_000);
    await expect(scanFolder(sandbox, { source: project, analyzers: ['sca'], wallMs: 60_000, signal })).rejects.toMatchObject({
      code: 'sandbox.start_failed',
      publicText: expect.stringContaining('the imported advisories cannot be read') as string,
    });
  });
});
