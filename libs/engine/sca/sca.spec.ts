import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { componentSchema, findingDraftSchema, ruleCasesSchema, type Component, type CoverageEntry, type FindingDraft } from '@lib/contract';
import type { Assets, LoadedAnalyzer } from '@lib/engine/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { sourceAssets } from '../../../tools/testing/source-assets.ts';
import { sca } from './sca.ts';

const rules = ['vulnerable-dependency', 'malicious-dependency', 'dependency-confusion', 'typosquat', 'untrusted-source'].map((name) => {
  const document: unknown = parse(readFileSync(join(import.meta.dirname, `rules/${name}.rule.yaml`), 'utf8'));
  return { ruleId: `sca/${name}`, cases: z.object({ cases: ruleCasesSchema }).parse(document).cases };
});
let loaded: LoadedAnalyzer;

async function loadedWith(assets: Assets): Promise<LoadedAnalyzer> {
  const result = await sca.load(assets);
  if (!result.ok) throw new Error(result.error.detail);
  await result.value.open?.(assets, []);
  return result.value;
}

beforeAll(async () => {
  loaded = await loadedWith(sourceAssets);
});

type Files = Readonly<Record<string, string>>;
type Scanned = {
  readonly drafts: readonly FindingDraft[];
  readonly coverage: readonly Omit<CoverageEntry, 'analyzer'>[];
  readonly notes: readonly string[];
  readonly components: readonly Component[];
};

function scan(files: Files, by = loaded): Scanned {
  const drafts: FindingDraft[] = [];
  const coverage: Omit<CoverageEntry, 'analyzer'>[] = [];
  const notes: string[] = [];
  const components: Component[] = [];
  const wanted = Object.keys(files).filter((path) => sca.wants(path));
  by.analyze(
    {
      files: wanted.map((path) => ({ path, bytes: 1, sha256: 'a'.repeat(64) })),
      read: (path) => (files[path] === undefined ? undefined : new TextEncoder().encode(files[path])),
    },
    {
      finding: (draft) => drafts.push(findingDraftSchema.parse(draft)),
      coverage: (entry) => coverage.push(entry),
      fileDone: () => undefined,
      note: (text) => notes.push(text),
      component: (component) => components.push(componentSchema.parse(component)),
    },
  );
  return { drafts, coverage, notes, components };
}

describe('sca', () => {
  it.each(rules.flatMap(({ ruleId, cases }) => cases.match.map((one) => ({ ruleId, ...one }))))(
    '$ruleId matches in $path: $code',
    ({ ruleId, path, code }) => {
      expect(scan({ [path]: code }).drafts.map((draft) => draft.ruleId)).toEqual([ruleId]);
    },
  );

  it.each(rules.flatMap(({ ruleId, cases }) => cases.clean.map((one) => ({ ruleId, ...one }))))(
    '$ruleId is silent on $path: $code',
    ({ path, code }) => {
      expect(scan({ [path]: code }).drafts).toEqual([]);
    },
  );

  it('one_package_with_several_advisories_is_one_finding_with_the_version_that_fixes_all', () => {
    const { drafts } = scan({ 'package-lock.json': '{"packages":{"node_modules/lodash":{"version":"4.17.10"}}}' });
    expect(drafts).toHaveLength(1);
    expect(drafts[0]).toMatchObject({ severity: 'critical', dependency: { purl: 'pkg:npm/lodash@4.17.10', fixedVersions: ['4.17.21'] } });
  });

  it('two_databases_that_name_one_flaw_count_once', () => {
    const { drafts } = scan({ 'package-lock.json': '{"packages":{"node_modules/lodash":{"version":"4.17.10"}}}' });
    const lines = drafts[0]?.message.split('\n').filter((line) => line.includes('CVE-2019-10744')) ?? [];
    expect(lines).toHaveLength(1);
  });

  it('the_way_from_the_project_to_a_package_is_shown_and_a_fix_that_its_user_takes_is_a_refresh', () => {
    const lock = {
      packages: {
        '': { dependencies: { a: '1.0.0' } },
        'node_modules/a': { version: '1.0.0', dependencies: { b: '^1.0.0' } },
        'node_modules/b': { version: '1.2.0', dependencies: { lodash: '^4.17.0' } },
        'node_modules/lodash': { version: '4.17.10' },
      },
    };
    const [draft] = scan({ 'package-lock.json': JSON.stringify(lock, undefined, 1) }).drafts;
    expect(draft?.dependency).toMatchObject({ direct: false, dev: false, path: ['a@1.0.0', 'b@1.2.0', 'lodash@4.17.10'] });
    expect(draft?.remediation).toContain('Refresh the lock file');
    const pinned = structuredClone(lock);
    pinned.packages['node_modules/b'].dependencies.lodash = '4.17.10';
    expect(scan({ 'package-lock.json': JSON.stringify(pinned) }).drafts[0]?.remediation).toContain('4.17.21 does not fit');
  });

  it('a_broken_lock_file_is_a_coverage_entry', () => {
    expect(scan({ 'package-lock.json': '{"packages": {' }).coverage).toEqual([
      { path: 'package-lock.json', reason: 'syntax_error', detail: 'not a package-lock file' },
    ]);
    expect(scan({ 'yarn.lock': 'x'.repeat(500) }).coverage.map((entry) => entry.reason)).toEqual(['syntax_error']);
  });

  it('a_lock_file_of_a_form_that_cannot_be_read_is_said_to_be_so', () => {
    expect(scan({ 'bun.lockb': 'x' }).coverage.map((entry) => entry.reason)).toEqual(['unsupported']);
  });

  it('an_ecosystem_without_advisories_is_said_to_be_uncovered', () => {
    const { coverage } = scan({ 'packages.config': '<packages><package id="Acme" version="1.0.0" /></packages>' });
    expect(coverage).toEqual([{ path: 'packages.config', reason: 'no_advisory_data', detail: 'NuGet' }]);
  });

  it('advisories_that_are_not_those_of_the_release_are_not_used_and_the_scan_is_incomplete', async () => {
    const altered: Assets = {
      read: (name) => (name === 'sca.npm.osv' ? sourceAssets.read('sca.nuget.osv') : sourceAssets.read(name)),
    };
    const files = {
      'package-lock.json': '{"packages":{"node_modules/lodash":{"version":"4.17.10"}}}',
      'requirements.txt': 'django==1.0\n',
    };
    const { drafts, coverage, notes } = scan(files, await loadedWith(altered));
    const detail = 'npm: the advisories are not those of this release';
    expect(coverage).toEqual([{ path: 'package-lock.json', reason: 'analyzer_failed', detail }]);
    expect(notes).toContain(detail);
    expect(drafts.map((draft) => draft.location.path)).toEqual(['requirements.txt']);
  });

  it('the_digest_names_the_whole_release_whatever_a_tree_needs', async () => {
    const fresh = await loadedWith(sourceAssets);
    const before = fresh.ruleDigest;
    scan({ 'package-lock.json': '{"packages":{"node_modules/lodash":{"version":"4.17.10"}}}' }, fresh);
    expect(fresh.ruleDigest).toBe(before);
    expect(before).not.toBe((await sca.load(sourceAssets).then((result) => (result.ok ? result.value : undefined)))?.ruleDigest);
  });

  it('what_only_a_registry_could_say_is_said_to_be_unresolved', () => {
    const { coverage } = scan({ 'package.json': '{"dependencies":{"express":"^4.0.0","lodash":"4.17.21"}}' });
    expect(coverage).toEqual([{ path: 'package.json', reason: 'unresolved', detail: 'line 1: express ^4.0.0' }]);
  });

  it('the_certificate_names_the_data_with_its_day', () => {
    const { notes } = scan({ 'package-lock.json': '{"packages":{"node_modules/lodash":{"version":"4.17.21"}}}' });
    expect(notes[0]).toMatch(/^npm: \d+ advisories; .*no feed of npm/u);
    expect(notes[0]).toMatch(/20\d\d-\d\d-\d\d/u);
  });

  it('the_finding_points_at_the_line_of_the_package', () => {
    const { drafts } = scan({
      'package-lock.json':
        '{\n "packages": {\n  "node_modules/a": { "version": "1.0.0" },\n  "node_modules/ejs": {\n   "version": "3.1.6" } } }',
    });
    expect(drafts[0]?.location.startLine).toBe(4);
  });

  it('a_finding_keeps_its_fingerprint_when_the_version_and_the_line_change', () => {
    const at = (version: string, before = '') =>
      scan({ 'package-lock.json': `{"packages":{${before}"node_modules/lodash":{"version":"${version}"}}}` }).drafts[0]?.fingerprint;
    expect(at('4.17.11')).toBe(at('4.17.10', '"node_modules/a":{"version":"1.0.0"},\n'));
  });

  it('every_package_of_a_file_is_listed_with_what_it_needs_once_a_version', () => {
    const lock = {
      packages: {
        '': { dependencies: { a: '1.0.0' }, devDependencies: { c: '1.0.0' } },
        'node_modules/a': { version: '1.0.0', license: 'MIT', dependencies: { b: '^1.0.0' } },
        'node_modules/b': { version: '1.2.0' },
        'node_modules/c': { version: '1.0.0', dev: true, dependencies: { b: '^1.0.0' } },
        'node_modules/c/node_modules/b': { version: '1.2.0', dev: true },
      },
    };
    const path = 'package-lock.json';
    expect(scan({ [path]: JSON.stringify(lock) }).components).toEqual([
      {
        purl: 'pkg:npm/a@1.0.0',
        name: 'a',
        version: '1.0.0',
        path,
        license: 'MIT',
        direct: true,
        dev: false,
        dependsOn: ['pkg:npm/b@1.2.0'],
      },
      { purl: 'pkg:npm/b@1.2.0', name: 'b', version: '1.2.0', path, direct: false, dev: false, dependsOn: [] },
      { purl: 'pkg:npm/c@1.0.0', name: 'c', version: '1.0.0', path, direct: true, dev: true, dependsOn: ['pkg:npm/b@1.2.0'] },
    ]);
  });

  it('names_that_their_ecosystem_does_not_allow_are_listed_and_stop_nothing', () => {
    const names = ['', 'a/', '..', '\ud800', 'é b', '%'];
    const lock = { packages: Object.fromEntries(names.map((name) => [`node_modules/${name}`, { version: `v${name}` }])) };
    const { components, drafts } = scan({ 'package-lock.json': JSON.stringify(lock), 'go.mod': 'module a\nrequire a v1.bad\n' });
    expect([components.length > 3, drafts]).toEqual([true, []]);
  });

  it('an_address_with_a_password_is_listed_without_it', () => {
    const version = `git+https://user:${['s3', 'cr', 'et'].join('')}@git.example/a.git#abc`;
    const { components } = scan({ 'package-lock.json': JSON.stringify({ dependencies: { a: { version } } }) });
    expect(components.map((found) => found.version)).toEqual(['git+https://git.example/a.git#abc']);
  });

  it('what_a_bill_of_materials_says_again_is_one_finding_and_what_it_alone_says_is_another', () => {
    const component = (name: string, version: string) => ({ name, version, purl: `pkg:npm/${name}@${version}` });
    const { drafts } = scan({
      'a.cdx.json': JSON.stringify({
        bomFormat: 'CycloneDX',
        components: [component('lodash', '4.17.10'), component('minimist', '1.2.0')],
      }),
      'package-lock.json': '{"packages":{"node_modules/lodash":{"version":"4.17.10"}}}',
    });
    expect(drafts.map(({ location, dependency }) => `${location.path} ${dependency?.purl ?? ''}`)).toEqual([
      'package-lock.json pkg:npm/lodash@4.17.10',
      'a.cdx.json pkg:npm/minimist@1.2.0',
    ]);
  });

  it('what_a_supplier_says_in_the_tree_is_shown_beside_the_finding_which_stays_as_bad_as_it_is', () => {
    const lock = '{"packages":{"node_modules/minimist":{"version":"1.2.5"}}}';
    const [before] = scan({ 'package-lock.json': lock }).drafts;
    const statement = {
      vulnerability: { name: before?.dependency?.advisoryIds[0] },
      products: [{ '@id': 'pkg:npm/minimist@1.2.5' }],
      status: 'not_affected',
      justification: 'vulnerable_code_not_present',
      impact_statement: 'We ship it without its parser.',
    };
    const vex = { '@context': 'https://openvex.dev/ns/v0.2.0', author: 'Acme', timestamp: '2026-08-01T00:00:00Z', statements: [statement] };
    const [draft, ...others] = scan({ 'package-lock.json': lock, 'acme.openvex.json': JSON.stringify(vex) }).drafts;
    expect([others, draft?.severity, draft?.fingerprint]).toEqual([[], before?.severity, before?.fingerprint]);
    expect(draft?.message).toMatch(
      /Acme says of \S+ \(acme\.openvex\.json, 2026-08-01\): not affected, vulnerable code not present\. "We ship it without its parser\."/u,
    );
    expect(draft?.dependency?.vex).toMatchObject([{ status: 'not_affected', by: 'Acme', path: 'acme.openvex.json' }]);
  });

  it('a_document_of_statements_that_cannot_be_read_is_a_gap_and_one_of_another_form_is_noted', () => {
    expect(scan({ 'vex.json': '{' }).coverage).toEqual([{ path: 'vex.json', reason: 'syntax_error', detail: 'not JSON' }]);
    const { coverage, notes } = scan({ '.vex/a.json': '{"bomFormat":"CycloneDX"}' });
    expect([coverage, notes]).toEqual([[], ['.vex/a.json: no OpenVEX document, so that nothing of it is shown']]);
  });
});
