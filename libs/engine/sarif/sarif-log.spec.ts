import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { limits, severities, type CoverageCertificate, type FindingDraft } from '@lib/contract';
import { sarifLog } from './sarif-log.ts';

// the schema's own head is of a draft that ajv 8 no longer reads; the rest of it means the same
const draftId = 'https://raw.githubusercontent.com/schemastore/schemastore/master/src/schemas/json/sarif-2.1.0-rtm.5.json';
const file = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
const schema = JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) => (key === 'id' && value === draftId ? undefined : value)) as {
  $schema?: string;
};
delete schema.$schema;
const validate = new Ajv({ strict: false, unicodeRegExp: false, validateFormats: false, allErrors: true }).compile(schema);

const finding: FindingDraft = {
  analyzer: 'sast',
  ruleId: 'js/sql-injection',
  ruleVersion: 3,
  severity: 'high',
  confidence: 'medium',
  title: 'SQL from user input',
  message: 'a query is built from a request',
  remediation: 'use parameters',
  cwe: [89, 1336],
  references: ['see the manual', 'https://cwe.mitre.org/data/definitions/89.html'],
  location: { path: 'api/src/query.ts', startLine: 7, startColumn: 3, endLine: 7, endColumn: 20 },
  flow: [],
  excerpt: { startLine: 7, lines: ['db.query(text)'] },
  fileSha256: 'a'.repeat(64),
  fingerprint: 'b'.repeat(64),
};
const certificate: CoverageCertificate = {
  complete: true,
  filesInTree: 1,
  bytesInTree: 1,
  treeSha256: 'c'.repeat(64),
  analyzers: [],
  counts: {},
  entries: [],
  sandbox: {
    launcher: 'native',
    noNewPrivileges: true,
    landlockAbi: 7,
    seccompStage1: true,
    seccompStage2: true,
    bubblewrap: false,
    unprivilegedUser: true,
    cgroup: false,
  },
};
const logOf = (findings: readonly FindingDraft[], more: Partial<CoverageCertificate> = {}) =>
  sarifLog({ tool: { version: '1.2.3' }, findings, certificate: { ...certificate, ...more }, baseUri: 'file:///home/a%20b/' });
const runOf = (findings: readonly FindingDraft[], more: Partial<CoverageCertificate> = {}) => logOf(findings, more).runs[0]!;

describe('sarifLog', () => {
  it('what_a_comment_asks_to_ignore_is_a_result_whose_suppression_nobody_has_granted', () => {
    const asked = { ...finding, ignore: { reason: 'only numbers', until: '2026-12-31', line: 6 } };
    expect(runOf([asked, finding]).results.map((result) => result.suppressions)).toEqual([
      [{ kind: 'inSource', status: 'underReview', justification: 'only numbers (until 2026-12-31)' }],
      undefined,
    ]);
    expect(validate(logOf([asked]))).toBe(true);
  });

  it('every_log_fits_the_schema_whatever_is_in_it', () => {
    const step = { location: finding.location, note: 'here' };
    const logs = [
      logOf([]),
      logOf(severities.map((severity) => ({ ...finding, severity, ruleId: `js/${severity}` }))),
      logOf([{ ...finding, flow: [step, step, step], cwe: [], references: [], remediation: '' }]),
      logOf([finding], {
        complete: false,
        counts: { timed_out: 1, too_large: 2 },
        entries: [
          { path: '.', reason: 'timed_out', analyzer: 'sast', detail: 'did not finish' },
          { path: 'a?b#c%d e\n\u202e.ts', reason: 'too_large' },
        ],
      }),
    ];
    for (const log of logs) {
      validate(JSON.parse(JSON.stringify(log)));
      expect(validate.errors).toBeNull();
    }
  });

  it('what_a_code_host_takes_is_not_exceeded_the_worst_results_are_taken_and_the_rest_is_counted', () => {
    const count = limits.sarifResultsMax + 10;
    const step = { location: finding.location, note: 'goes into the query' };
    const many = Array.from({ length: count }, (_, index) => ({
      ...finding,
      severity: index % 2 === 0 ? ('low' as const) : ('high' as const),
      location: {
        ...finding.location,
        path: `src/part-${String(index % 900)}/file-${String(index % 70)}.ts`,
        startLine: index + 1,
        endLine: index + 1,
      },
      message: `${finding.message}, value number ${String(index)} of a request`,
      flow: [step, step, step, step],
      fingerprint: createHash('sha256').update(String(index)).digest('hex'),
    }));
    const log = logOf(many);
    const run = log.runs[0]!;
    expect([log.runs.length, run.results.length, run.results.filter(({ level }) => level === 'error').length]).toEqual([
      1,
      count - 10,
      count / 2,
    ]);
    expect(run.results[0]?.locations[0]?.physicalLocation.region.startLine).toBe(1); // in the order of the findings
    expect(run.invocations[0]?.toolExecutionNotifications[0]).toMatchObject({
      level: 'warning',
      message: { text: 'results left out: 10' },
    });
    expect(gzipSync(JSON.stringify(log)).byteLength).toBeLessThan(10 * 1024 * 1024);
    expect(Math.max(...run.tool.driver.rules.map((rule) => rule.properties.tags.length))).toBeLessThanOrEqual(20);
  });

  it('the_identity_that_github_reads_and_the_category_do_not_depend_on_the_run', () => {
    const [first, second] = [
      logOf([finding]).runs[0]!,
      logOf([{ ...finding, message: 'other words' }], { treeSha256: 'd'.repeat(64) }).runs[0]!,
    ];
    expect(first.results[0]?.partialFingerprints).toEqual(second.results[0]?.partialFingerprints);
    expect([first.automationDetails, second.automationDetails]).toEqual([{ id: 'aegis/' }, { id: 'aegis/' }]);
  });

  it('the_schema_check_can_fail', () => {
    expect(validate({ ...logOf([finding]), version: '2.0.0' })).toBe(false);
    expect(validate({ ...logOf([]), runs: [{}] })).toBe(false);
  });

  it('weaknesses_are_tags_of_at_least_three_digits_and_severity_is_a_figure_in_a_string', () => {
    const [rule] = runOf([{ ...finding, cwe: [79, 1336] }]).tool.driver.rules;
    expect(rule?.properties.tags).toEqual(['security', 'external/cwe/cwe-079', 'external/cwe/cwe-1336']);
    expect(rule?.properties['security-severity']).toBe('8.0');
    expect(rule?.helpUri).toBe('https://cwe.mitre.org/data/definitions/89.html');
  });

  it('a_rule_is_described_once_by_its_worst_finding_and_every_result_points_at_it', () => {
    const run = runOf([
      { ...finding, ruleId: 'z/last' },
      { ...finding, severity: 'low' },
      { ...finding, severity: 'critical' },
    ]);
    expect(run.tool.driver.rules.map((rule) => [rule.id, rule.properties['security-severity']])).toEqual([
      ['js/sql-injection', '9.5'],
      ['z/last', '8.0'],
    ]);
    expect(run.results.map((entry) => run.tool.driver.rules[entry.ruleIndex]?.id)).toEqual([
      'z/last',
      'js/sql-injection',
      'js/sql-injection',
    ]);
  });

  it('a_path_stays_relative_and_cannot_be_read_as_a_scheme_or_a_query', () => {
    const run = runOf([{ ...finding, location: { ...finding.location, path: 'javascript:a/b?c#d/ü %2e.ts' } }]);
    expect(run.results[0]?.locations[0]?.physicalLocation.artifactLocation).toEqual({
      uri: 'javascript%3Aa/b%3Fc%23d/%C3%BC%20%252e.ts',
      uriBaseId: 'SRCROOT',
    });
    expect(run.originalUriBaseIds).toEqual({ SRCROOT: { uri: 'file:///home/a%20b/' } });
  });

  it('half_a_surrogate_pair_in_a_path_does_not_break_the_log', () => {
    expect(() => runOf([{ ...finding, location: { ...finding.location, path: 'a\ud800b.ts' } }])).not.toThrow();
  });

  it('regions_fingerprints_and_flows_are_carried_over', () => {
    const source = { location: { ...finding.location, startLine: 2, endLine: 2 }, note: 'read from the request' };
    const sink = { location: finding.location, note: 'used in a query' };
    const [first] = runOf([{ ...finding, flow: [source, sink] }]).results;
    expect(first?.locations[0]?.physicalLocation.region).toEqual({ startLine: 7, startColumn: 3, endLine: 7, endColumn: 20 });
    expect(first?.partialFingerprints).toEqual({
      primaryLocationLineHash: `${'b'.repeat(64)}:1`,
      'aegisFingerprint/v1': finding.fingerprint,
    });
    const steps = first?.codeFlows?.[0]?.threadFlows[0]?.locations ?? [];
    expect(steps.map((entry) => [entry.location.message.text, entry.location.physicalLocation.region.startLine])).toEqual([
      ['read from the request', 2],
      ['used in a query', 7],
    ]);
  });

  it('an_incomplete_scan_is_not_successful_and_names_what_was_not_covered', () => {
    const [invocation] = runOf([], {
      complete: false,
      counts: { unreadable: 1 },
      entries: [{ path: 'a.ts', reason: 'unreadable' }],
    }).invocations;
    expect(invocation?.executionSuccessful).toBe(false);
    expect(invocation?.toolExecutionNotifications.map((entry) => entry.message.text)).toEqual(['unreadable: 1', 'unreadable']);
    expect(runOf([]).invocations[0]?.executionSuccessful).toBe(true);
  });
});
