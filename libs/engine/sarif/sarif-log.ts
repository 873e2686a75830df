import {
  limits,
  severityRank,
  type CoverageCertificate,
  type FindingDraft,
  type FlowStep,
  type IgnoreRequest,
  type Location,
  type Severity,
} from '@lib/contract';

/** What goes into a log. `tool` names the build that made the findings; `baseUri` is where paths start, as a `file:` URI that ends in `/`. */
export type SarifInput = {
  readonly tool: { readonly version: string };
  readonly findings: readonly FindingDraft[];
  readonly certificate: CoverageCertificate;
  readonly baseUri?: string;
};

const sourceRoot = 'SRCROOT';
const schemaUri = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
// GitHub reads the figure: over 9.0 is critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, below low
const securitySeverities: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.0', info: '0.0' };

/**
 * Writes findings as a SARIF 2.1.0 log with one run. Pure; the order of results is that of the findings. Past `sarifResultsMax` the worst
 * are taken, and how many are not is said. Identity and category are such that a code host tells the same alert from a new one.
 * What was not covered is in the invocation, which is then not successful: a reader must not take silence for absence.
 * Source: OASIS SARIF 2.1.0; GitHub, "SARIF support for code scanning".
 */
export function sarifLog(input: SarifInput) {
  const findings = worstOf(input.findings);
  const rules = rulesOf(findings);
  const indexes = new Map(rules.map((rule, index) => [rule.id, index]));
  return {
    $schema: schemaUri,
    version: '2.1.0' as const,
    runs: [
      {
        tool: {
          driver: {
            name: 'Aegis',
            semanticVersion: input.tool.version,
            rules: rules.map(ruleDescriptor),
          },
        },
        automationDetails: { id: 'aegis/' }, // a category that changes leaves alerts behind that never close
        columnKind: 'utf16CodeUnits' as const,
        ...(input.baseUri === undefined ? {} : { originalUriBaseIds: { [sourceRoot]: { uri: input.baseUri } } }),
        invocations: [invocation(input.certificate, input.findings.length - findings.length)],
        results: findings.map((finding) => result(finding, indexes.get(ruleKey(finding)) ?? -1)),
        properties: { 'aegis/treeSha256': input.certificate.treeSha256 },
      },
    ],
  };
}

function worstOf(findings: readonly FindingDraft[]): readonly FindingDraft[] {
  if (findings.length <= limits.sarifResultsMax) return findings;
  const worst = findings.toSorted((a, b) => severityRank(b.severity) - severityRank(a.severity)).slice(0, limits.sarifResultsMax);
  const taken = new Set(worst);
  return findings.filter((finding) => taken.has(finding));
}

type Rule = { readonly id: string; readonly finding: FindingDraft };

function ruleKey(finding: FindingDraft): string {
  return finding.ruleId;
}

// A rule is described by its first finding; one whose severity varies (a vulnerable dependency) shows its worst.
function rulesOf(findings: readonly FindingDraft[]): readonly Rule[] {
  const rules = new Map<string, FindingDraft>();
  for (const finding of findings) {
    const known = rules.get(ruleKey(finding));
    if (known === undefined || Number(securitySeverities[finding.severity]) > Number(securitySeverities[known.severity])) {
      rules.set(ruleKey(finding), finding);
    }
  }
  return [...rules].map(([id, finding]) => ({ id, finding })).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function ruleDescriptor({ id, finding }: Rule) {
  const help = [finding.remediation, ...finding.references].filter((text) => text !== '').join('\n\n');
  return {
    id,
    shortDescription: { text: finding.title },
    fullDescription: { text: finding.message },
    ...(help === '' ? {} : { help: { text: help } }),
    ...helpUri(finding),
    defaultConfiguration: { level: levelOf(finding.severity) },
    properties: {
      tags: ['security', ...finding.cwe.map((cwe) => `external/cwe/cwe-${String(cwe).padStart(3, '0')}`)],
      precision: finding.confidence,
      'security-severity': securitySeverities[finding.severity],
    },
  };
}

function helpUri(finding: FindingDraft) {
  const uri = finding.references.find((reference) => /^https:\/\/[^\s]+$/u.test(reference));
  return uri === undefined ? {} : { helpUri: uri };
}

function levelOf(severity: Severity): 'error' | 'warning' | 'note' {
  if (severity === 'critical' || severity === 'high') return 'error';
  return severity === 'medium' ? 'warning' : 'note';
}

function result(finding: FindingDraft, ruleIndex: number) {
  return {
    ruleId: ruleKey(finding),
    ruleIndex,
    level: levelOf(finding.severity),
    message: { text: finding.message },
    locations: [{ physicalLocation: physicalLocation(finding.location) }],
    // the first is the one that GitHub reads
    partialFingerprints: { primaryLocationLineHash: `${finding.fingerprint}:1`, 'aegisFingerprint/v1': finding.fingerprint },
    ...(finding.flow.length === 0 ? {} : { codeFlows: [{ threadFlows: [{ locations: finding.flow.map(flowLocation) }] }] }),
    ...(finding.ignore === undefined ? {} : { suppressions: [suppression(finding.ignore)] }),
    properties: {
      severity: finding.severity,
      confidence: finding.confidence,
      'security-severity': securitySeverities[finding.severity],
      ruleVersion: finding.ruleVersion,
      fileSha256: finding.fileSha256,
    },
  };
}

// Asked for in the source, and not granted by anybody.
function suppression({ reason, until }: IgnoreRequest) {
  return { kind: 'inSource' as const, status: 'underReview' as const, justification: `${reason} (until ${until})` };
}

function flowLocation(step: FlowStep) {
  return { location: { physicalLocation: physicalLocation(step.location), message: { text: step.note } } };
}

function physicalLocation(location: Location) {
  const { startLine, startColumn, endLine, endColumn } = location;
  return {
    artifactLocation: artifact(location.path),
    // SARIF wants an end that is not before the start
    region: { startLine, startColumn, endLine, endColumn: endLine === startLine ? Math.max(endColumn, startColumn) : endColumn },
  };
}

function artifact(path: string) {
  return { uri: uriOf(path), uriBaseId: sourceRoot };
}

// A path is data: each segment is encoded, so that no name can be read as a scheme, a query or an escape.
function uriOf(path: string): string {
  const encoded = path.toWellFormed().split('/').map(encodeURIComponent).join('/');
  return encoded.replaceAll('%40', '@').replaceAll('%2B', '+');
}

function invocation(certificate: CoverageCertificate, leftOut: number) {
  const surplus = {
    level: 'warning' as const,
    message: { text: `results left out: ${String(leftOut)}` },
    descriptor: { id: 'results/left-out' },
  };
  const counts = Object.entries(certificate.counts).map(([reason, count]) => ({
    level: 'note' as const,
    message: { text: `${reason}: ${String(count)}` },
    descriptor: { id: `coverage/${reason}` },
  }));
  return {
    executionSuccessful: certificate.complete,
    toolExecutionNotifications: [
      ...(leftOut === 0 ? [] : [surplus]),
      ...counts,
      ...certificate.entries.map((entry) => ({
        level: certificate.complete ? ('note' as const) : ('warning' as const),
        message: { text: [entry.reason, entry.analyzer, entry.detail].filter((part) => part !== undefined).join(': ') },
        descriptor: { id: `coverage/${entry.reason}` },
        ...(entry.path === '.' ? {} : { locations: [{ physicalLocation: { artifactLocation: artifact(entry.path) } }] }),
      })),
    ],
  };
}
