import { createHash } from 'node:crypto';
import { findingDraftSchema, limits, type FindingDraft } from '@lib/contract';
import { identify, occurrenceCounter } from '@lib/engine/sdk';
import { err, ok, type Result } from '@lib/kernel';
import { placeOf } from './result-place.ts';
import { confidenceOf, ruleOf, severityOf, textOf, weaknessesOf } from './rule-facts.ts';
import { sarifLogSchema, sarifResultSchema, type SarifResult, type SarifRule, type SarifRun } from './sarif-schema.ts';

/** What one tool said. `tool` is how its rule ids begin; `left` counts by reason what was not taken. */
export type ImportedRun = {
  readonly tool: string;
  readonly version: string;
  /** Whether the tool says that it ran to its end, and all that it said was taken. */
  readonly complete: boolean;
  readonly drafts: readonly FindingDraft[];
  readonly left: Readonly<Record<LeftReason, number>>;
};

/** `suppressed`: the tool's user has put it away; `passed`: it is no finding; `gone`: of an earlier run; `invalid`; `too_many`. */
export type LeftReason = 'suppressed' | 'passed' | 'gone' | 'invalid' | 'too_many';

export type SarifError = { readonly code: 'sarif.invalid'; readonly detail: string };

/**
 * Reads the results of other tools from a SARIF 2.1.0 log. Pure; results keep their order. Snippets are not kept: one of a secret scanner is
 * the secret. Errors: `sarif.invalid` when it is no such log. Limits: `importRunsMax`, `importResultsMax`. Source: OASIS SARIF 2.1.0.
 */
export function readSarif(text: string): Result<readonly ImportedRun[], SarifError> {
  const parsed = sarifLogSchema.safeParse(parseJson(text));
  if (!parsed.success) return err({ code: 'sarif.invalid', detail: parsed.error.issues[0]?.path.join('.') ?? '' });
  if (parsed.data.runs.length > limits.importRunsMax) return err({ code: 'sarif.invalid', detail: 'runs' });
  const sha256 = createHash('sha256').update(text).digest('hex');
  const occurrence = occurrenceCounter();
  return ok(
    parsed.data.runs.map((run) =>
      readRun({ run, sha256, occurrence, rule: ruleOf(run), tool: firstText(slug(run.tool.driver.name), 'tool') }),
    ),
  );
}

type Reading = {
  readonly run: SarifRun;
  readonly sha256: string;
  readonly tool: string;
  readonly occurrence: ReturnType<typeof occurrenceCounter>;
  readonly rule: (result: SarifResult) => SarifRule | undefined;
};

function readRun(reading: Reading): ImportedRun {
  const { run, tool } = reading;
  const left = { suppressed: 0, passed: 0, gone: 0, invalid: 0, too_many: 0 };
  const drafts: FindingDraft[] = [];
  for (const [index, value] of (run.results ?? []).entries()) {
    const taken = index >= limits.importResultsMax ? ('too_many' as const) : resultOf(reading, value);
    if (typeof taken === 'string') left[taken] += 1;
    else drafts.push(taken);
  }
  const { semanticVersion, version = 'unknown' } = run.tool.driver;
  const ran = (run.invocations ?? []).every((invocation) => invocation.executionSuccessful !== false);
  return {
    tool,
    version: (semanticVersion ?? version).slice(0, limits.noteCharsMax),
    complete: ran && left.invalid + left.too_many === 0,
    drafts,
    left,
  };
}

function resultOf(reading: Reading, value: unknown): FindingDraft | LeftReason {
  const result = sarifResultSchema.safeParse(value);
  if (!result.success) return 'invalid';
  return whyLeft(result.data) ?? draftOf(reading, result.data) ?? 'invalid';
}

function whyLeft({ kind, suppressions, baselineState }: SarifResult): LeftReason | undefined {
  if (baselineState === 'absent') return 'gone';
  if (kind !== undefined && !['fail', 'open', 'review'].includes(kind)) return 'passed';
  return (suppressions ?? []).some(({ status }) => (status ?? 'accepted') === 'accepted') ? 'suppressed' : undefined;
}

function draftOf(reading: Reading, result: SarifResult): FindingDraft | undefined {
  const { run, tool, sha256 } = reading;
  const rule = reading.rule(result);
  const location = placeOf(run, result.locations?.[0]) ?? nowhere(result);
  if (location === undefined) return undefined;
  const id = idOf(result, rule);
  const ruleId = ruleIdOf(tool, id);
  const message = firstText(textOf(result.message, rule), id);
  const context = contextOf(result, { message, path: location.path, isSecret: secretTools.test(tool) });
  const dependency = dependencyOf(id, message);
  return findingDraftSchema.safeParse({
    analyzer: 'import',
    ruleId,
    ruleVersion: 1,
    severity: severityOf(result, rule),
    confidence: confidenceOf(result, rule),
    ...wordsOf(rule, message),
    cwe: weaknessesOf(result, rule),
    location,
    flow: flowOf(run, result),
    excerpt: { startLine: location.startLine, lines: [] },
    fileSha256: sha256, // of the log: the file itself was not seen here
    ...identify({ ruleId, path: location.path, context, occurrence: reading.occurrence(ruleId, location.path, context) }),
    ...(dependency === undefined ? {} : { dependency }),
  }).data;
}

function idOf({ ruleId, rule: reference }: SarifResult, rule: SarifRule | undefined): string {
  return firstText(ruleId, reference?.id, rule?.id, 'result');
}

function wordsOf(rule: SarifRule | undefined, message: string) {
  const uri = rule?.helpUri?.startsWith('https://') === true ? [rule.helpUri.slice(0, limits.noteCharsMax)] : [];
  return {
    title: firstText(textOf(rule?.shortDescription, rule), rule?.name, message).replaceAll(/\s+/gu, ' ').slice(0, limits.titleCharsMax),
    message: message.slice(0, limits.messageCharsMax),
    remediation: textOf(rule?.help ?? rule?.fullDescription, rule).slice(0, limits.messageCharsMax),
    references: uri,
  };
}

function firstText(...texts: readonly (string | undefined)[]): string {
  return texts.find((text) => text !== undefined && text !== '') ?? 'result';
}

// A result without a place is about the whole; one whose place cannot be taken is left.
function nowhere(result: SarifResult) {
  const placed = result.locations?.some(({ physicalLocation }) => physicalLocation?.artifactLocation !== undefined) ?? false;
  return placed ? undefined : { path: '.', startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 };
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .replaceAll(/^-+|-+$/gu, '')
    .slice(0, 30)
    .replace(/-$/u, '');
}

function ruleIdOf(tool: string, id: string): string {
  const rest = id
    .split('/')
    .map(slug)
    .filter((part) => part !== '');
  return [tool, ...(rest.length === 0 ? ['result'] : rest)]
    .join('/')
    .slice(0, limits.ruleIdCharsMax)
    .replace(/[-/]+$/u, '');
}

const placeholders = /^(?:requires login|0|unknown)?$/iu;

// Their snippets are the secret itself: a digest of one could be guessed at by whoever holds it.
const secretTools = /^(?:gitleaks|trufflehog|detect-secrets|secretlint|betterleaks)(?:-|$)/u;

type Said = { readonly message: string; readonly path: string; readonly isSecret: boolean };

/**
 * What stays when the code moves: the tool's own fingerprints, else the words of the line, else the message, which says something in its file
 * only. Some tools write a word where a fingerprint would be.
 */
function contextOf({ fingerprints, partialFingerprints, locations }: SarifResult, { message, path, isSecret }: Said): string {
  const own = Object.entries({ ...partialFingerprints, ...fingerprints }).filter(([, value]) => !placeholders.test(value));
  if (own.length > 0)
    return own
      .map(([name, value]) => `${name}=${value}`)
      .toSorted()
      .join(' ');
  const snippet = locations?.[0]?.physicalLocation?.region?.snippet?.text?.trim();
  const isShown = snippet !== undefined && snippet !== '' && !isSecret;
  return isShown ? createHash('sha256').update(snippet).digest('hex') : `${path} ${message}`;
}

function flowOf(run: SarifRun, { codeFlows }: SarifResult): FindingDraft['flow'] {
  const steps = codeFlows?.[0]?.threadFlows[0]?.locations ?? [];
  return steps.slice(0, limits.flowStepsMax).flatMap(({ location }) => {
    const place = placeOf(run, location);
    return place === undefined ? [] : [{ location: place, note: textOf(location?.message, undefined).slice(0, limits.noteCharsMax) }];
  });
}

// Scanners of packages have no field for it: name and version stand in the message, the advisory is the rule.
function dependencyOf(ruleId: string, message: string): FindingDraft['dependency'] {
  const advisory = /(?:CVE-\d{4}-\d{4,}|GHSA(?:-[\da-z]{4}){3}|(?:GO|PYSEC|RUSTSEC|MAL)-\d{4}-\d+)/iu.exec(ruleId)?.[0];
  const field = (name: string): string | undefined => new RegExp(`^${name}:\\s*(\\S.{0,200}?)\\s*$`, 'imu').exec(message)?.[1];
  const [name, version, fixed] = [field('Package'), field('Installed Version'), field('Fixed Version')];
  if (advisory === undefined || name === undefined) return undefined;
  return {
    purl: `pkg:generic/${encodeURIComponent(name)}${version === undefined ? '' : `@${encodeURIComponent(version)}`}`,
    installedVersion: version ?? '',
    fixedVersions:
      fixed === undefined
        ? []
        : fixed
            .split(',')
            .map((one) => one.trim())
            .slice(0, 20),
    advisoryIds: [advisory],
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/u, ''));
  } catch {
    return undefined;
  }
}
