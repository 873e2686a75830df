import { describe, expect, it } from 'vitest';
import { findingDraftSchema, type FindingDraft } from '@lib/contract';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import { readSarif } from './read-sarif.ts';
import { sarifLog } from './sarif-log.ts';

const runsOf = (...runs: object[]) => {
  const read = readSarif(JSON.stringify({ version: '2.1.0', runs }));
  if (!read.ok) throw new Error(read.error.detail);
  return read.value;
};
const draftsOf = (...runs: object[]) => runsOf(...runs).flatMap((run) => run.drafts);
const at = (uri: string, region: object = { startLine: 3 }, more: object = {}) => [
  { physicalLocation: { artifactLocation: { uri, ...more }, region } },
];

/** Logs of our own making in the form in which six tools write theirs. */
const shapes: readonly (readonly [string, object, Partial<FindingDraft>])[] = [
  [
    'CodeQL: rules in an extension, precision, tags, line hashes, a flow',
    {
      tool: {
        driver: { name: 'CodeQL', semanticVersion: '2.20.0', rules: [] },
        extensions: [
          {
            name: 'codeql/javascript-queries',
            rules: [
              {
                id: 'js/sql-injection',
                shortDescription: { text: 'Query built from user input' },
                defaultConfiguration: { level: 'error' },
                properties: { tags: ['security', 'external/cwe/cwe-089'], precision: 'high', 'security-severity': '8.8' },
              },
            ],
          },
        ],
      },
      results: [
        {
          ruleId: 'js/sql-injection',
          rule: { id: 'js/sql-injection', index: 0, toolComponent: { index: 0 } },
          message: { text: 'This query depends on [a value](1).' },
          locations: at('src/db.js', { startLine: 7, startColumn: 3, endColumn: 20 }, { uriBaseId: '%SRCROOT%', index: 0 }),
          partialFingerprints: { primaryLocationLineHash: 'abc:1' },
          codeFlows: [
            {
              threadFlows: [
                { locations: [{ location: { ...at('src/web.js')[0], message: { text: 'a value' } } }, { location: at('src/db.js')[0] }] },
              ],
            },
          ],
        },
      ],
    },
    {
      ruleId: 'codeql/js/sql-injection',
      severity: 'high',
      confidence: 'high',
      title: 'Query built from user input',
      message: 'This query depends on a value.',
      cwe: [89],
      location: { path: 'src/db.js', startLine: 7, startColumn: 3, endLine: 7, endColumn: 20 },
    },
  ],
  [
    'Semgrep: dotted rules, CWE in words, no fingerprint without a log-in',
    {
      tool: {
        driver: {
          name: 'Semgrep OSS',
          semanticVersion: '1.100.0',
          rules: [
            {
              id: 'javascript.lang.Eval',
              name: 'javascript.lang.Eval',
              shortDescription: { text: 'Semgrep Finding: eval' },
              defaultConfiguration: { level: 'warning' },
              properties: { precision: 'very-high', tags: ["CWE-95: Improper Neutralization ('Eval')", 'MEDIUM CONFIDENCE'] },
            },
          ],
        },
      },
      results: [
        {
          ruleId: 'javascript.lang.Eval',
          message: { text: 'eval is used' },
          locations: at(
            'a.js',
            { startLine: 1, startColumn: 1, endLine: 1, endColumn: 9, snippet: { text: 'eval(x)' } },
            { uriBaseId: '%SRCROOT%' },
          ),
          fingerprints: { 'matchBasedId/v1': 'requires login' },
          properties: {},
        },
      ],
    },
    { ruleId: 'semgrep-oss/javascript-lang-eval', severity: 'medium', cwe: [95], confidence: 'high' },
  ],
  [
    'Trivy: a package in a lock file',
    {
      tool: {
        driver: {
          name: 'Trivy',
          version: '0.60.0',
          rules: [
            {
              id: 'CVE-2021-23337',
              name: 'LanguageSpecificPackageVulnerability',
              shortDescription: { text: 'nodejs-lodash: command injection' },
              helpUri: 'https://avd.aquasec.com/nvd/cve-2021-23337',
              defaultConfiguration: { level: 'error' },
              properties: { 'security-severity': '7.2', tags: ['vulnerability', 'HIGH'] },
            },
          ],
        },
      },
      results: [
        {
          ruleId: 'CVE-2021-23337',
          ruleIndex: 0,
          level: 'error',
          message: {
            text: 'Package: lodash\nInstalled Version: 4.17.20\nVulnerability CVE-2021-23337\nSeverity: HIGH\nFixed Version: 4.17.21\nLink: [CVE-2021-23337](https://x)',
          },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: 'package-lock.json', uriBaseId: 'ROOTPATH' },
                region: { startLine: 5, startColumn: 1, endLine: 5, endColumn: 1 },
              },
            },
          ],
        },
      ],
      originalUriBaseIds: { ROOTPATH: { uri: 'file:///home/me/shop/' } },
    },
    {
      ruleId: 'trivy/cve-2021-23337',
      severity: 'high',
      dependency: {
        purl: 'pkg:generic/lodash@4.17.20',
        installedVersion: '4.17.20',
        fixedVersions: ['4.17.21'],
        advisoryIds: ['CVE-2021-23337'],
      },
    },
  ],
  [
    'Checkov: upper-case rules, an absolute path below its root',
    {
      tool: {
        driver: {
          name: 'Checkov',
          version: '3.2',
          rules: [
            {
              id: 'CKV_AWS_20',
              name: 'S3 is public',
              shortDescription: { text: 'S3 is public' },
              defaultConfiguration: { level: 'error' },
            },
          ],
        },
      },
      invocations: [{ executionSuccessful: true, workingDirectory: { uri: 'file:///repo' } }],
      results: [
        {
          ruleId: 'CKV_AWS_20',
          ruleIndex: 0,
          level: 'error',
          message: { text: 'S3 is public' },
          locations: at('/repo/infra/main.tf', { startLine: 1, endLine: 9, snippet: { text: 'resource' } }),
        },
      ],
    },
    {
      ruleId: 'checkov/ckv-aws-20',
      severity: 'high',
      location: { path: 'infra/main.tf', startLine: 1, startColumn: 1, endLine: 9, endColumn: 1 },
    },
  ],
  [
    'gitleaks: the snippet is the secret',
    {
      tool: {
        driver: {
          name: 'gitleaks',
          semanticVersion: 'v8.0.0',
          rules: [{ id: 'generic-api-key', shortDescription: { text: 'generic key' } }],
        },
      },
      results: [
        {
          ruleId: 'generic-api-key',
          message: { text: 'generic-api-key has detected secret for file conf/.env.' },
          locations: at('conf/.env', { startLine: 2, startColumn: 5, endLine: 2, endColumn: 30, snippet: { text: 'the value itself' } }),
          partialFingerprints: { commitSha: '', email: '', author: '', date: '' },
        },
      ],
    },
    { ruleId: 'gitleaks/generic-api-key', severity: 'medium', excerpt: { startLine: 2, lines: [] } },
  ],
  [
    'ESLint: file addresses, artifacts by index',
    {
      tool: { driver: { name: 'ESLint', version: '9.0.0', rules: [{ id: 'security/detect-eval', helpUri: 'https://example.org/eval' }] } },
      artifacts: [{ location: { uri: 'file:///w/app/src/a%20b.js' } }],
      originalUriBaseIds: { ROOT: { uri: 'file:///w/app' } },
      results: [
        {
          level: 'warning',
          ruleId: 'security/detect-eval',
          ruleIndex: 0,
          message: { text: 'eval with a variable' },
          locations: [{ physicalLocation: { artifactLocation: { index: 0 }, region: { startLine: 4, startColumn: 2 } } }],
        },
      ],
    },
    {
      ruleId: 'eslint/security/detect-eval',
      references: ['https://example.org/eval'],
      location: { path: 'src/a b.js', startLine: 4, startColumn: 2, endLine: 4, endColumn: 2 },
    },
  ],
];

describe('readSarif', () => {
  it.each(shapes)('%s', (_, run, expected) => {
    const [draft] = draftsOf(run);
    expect(draft).toMatchObject(expected);
    expect(findingDraftSchema.safeParse(draft).success).toBe(true);
  });

  it('no_snippet_of_any_tool_is_kept', () => {
    const text = JSON.stringify(draftsOf(...shapes.map(([, run]) => run)));
    for (const snippet of ['the value itself', 'eval(x)']) expect(text).not.toContain(snippet);
  });

  it('our_own_log_is_read_back', () => {
    const [, , draft] = draftsOf(...shapes.map(([, run]) => run));
    const certificate = {
      complete: true,
      filesInTree: 1,
      bytesInTree: 1,
      treeSha256: 'c'.repeat(64),
      analyzers: [],
      counts: {},
      entries: [],
    };
    const sandbox = {
      launcher: 'native',
      noNewPrivileges: true,
      landlockAbi: 7,
      seccompStage1: true,
      seccompStage2: true,
      bubblewrap: false,
      unprivilegedUser: true,
      cgroup: false,
    } as const;
    const log = sarifLog({ tool: { version: '1' }, findings: [draft!], certificate: { ...certificate, sandbox } });
    const read = readSarif(JSON.stringify(log));
    expect(read.ok && read.value[0]?.drafts[0]).toMatchObject({
      ruleId: `aegis/${draft!.ruleId}`,
      location: draft!.location,
      severity: draft!.severity,
    });
  });

  it('a_finding_keeps_its_fingerprint_when_its_line_moves_and_equal_ones_are_told_apart', () => {
    const run = (line: number, count: number) => ({
      tool: { driver: { name: 't' } },
      results: Array.from({ length: count }, () => ({
        ruleId: 'r',
        message: { text: 'm' },
        locations: at('a.js', { startLine: line, snippet: { text: 'x' } }),
      })),
    });
    expect(draftsOf(run(1, 1))[0]?.fingerprint).toBe(draftsOf(run(90, 1))[0]?.fingerprint);
    expect(new Set(draftsOf(run(1, 3)).map((draft) => draft.fingerprint)).size).toBe(3);
  });

  it('what_a_tool_says_is_no_finding_is_left_and_counted', () => {
    const result = { ruleId: 'r', message: { text: 'm' }, locations: at('a.js') };
    const [run] = runsOf({
      tool: { driver: { name: 't' } },
      results: [
        result,
        { ...result, kind: 'pass' },
        { ...result, suppressions: [{ kind: 'inSource' }] },
        { ...result, suppressions: [{ kind: 'inSource', status: 'rejected' }] },
        { ...result, baselineState: 'absent' },
        { ...result, locations: at('../../etc/passwd') },
        { message: 'no object' },
      ],
    });
    expect(run?.drafts).toHaveLength(2);
    expect(run?.left).toEqual({ suppressed: 1, passed: 1, gone: 1, invalid: 2, too_many: 0 });
    expect(run?.complete).toBe(false);
  });

  it('a_run_that_failed_is_not_complete', () => {
    expect(runsOf({ tool: { driver: { name: 't' } }, invocations: [{ executionSuccessful: false }], results: [] })[0]?.complete).toBe(
      false,
    );
    expect(runsOf({ tool: { driver: { name: 't' } } })[0]?.complete).toBe(true);
  });

  it.each(['', 'null', '[]', '{"version":"2.1.0"}', '{"version":"1.0.0","runs":[]}', '{"version":"2.1.0","runs":[{}]}'])(
    '%s is refused',
    (text) => {
      expect(readSarif(text)).toMatchObject({ ok: false, error: { code: 'sarif.invalid' } });
    },
  );

  it('whatever_a_log_holds_each_draft_fits_its_schema_and_its_path_stays_inside', () => {
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.constant(null),
      fc.constant('../x'),
      fc.constant('file:///a/../../b'),
      fc.constant('%2e%2e/%2e%2e/x'),
    );
    const result = fc.record(
      {
        ruleId: value,
        message: fc.oneof(fc.record({ text: fc.string() }), value),
        level: value,
        locations: fc.array(
          fc.record({
            physicalLocation: fc.record({
              artifactLocation: fc.record({ uri: value }),
              region: fc.record({ startLine: fc.integer(), endLine: fc.integer() }),
            }),
          }),
          { maxLength: 2 },
        ),
      },
      { requiredKeys: ['message'] },
    );
    fc.assert(
      fc.property(fc.array(result, { maxLength: 5 }), fc.string(), (results, name) => {
        for (const draft of draftsOf({ tool: { driver: { name } }, results })) {
          expect(findingDraftSchema.safeParse(draft).success).toBe(true);
          expect(draft.location.path.split('/')).not.toContain('..');
          expect(draft.location.path.startsWith('/')).toBe(false);
        }
      }),
    );
  });
});
