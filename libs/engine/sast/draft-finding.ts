import { confidences, limits, type Confidence, type FindingDraft, type FlowStep, type Location } from '@lib/contract';
import { excerptAround, identify, type occurrenceCounter, type SourceText } from '@lib/engine/sdk';
import type { RuleMatch } from './checks/match.ts';
import type { SastRule } from './rules/rule-schema.ts';
import type { Site, Step } from './taint/taint.ts';
import { isTestPath } from './wants-path.ts';

/** What a draft is made with beside the match. */
export type DraftSetting = {
  readonly rule: SastRule;
  readonly source: (path: string) => SourceText | undefined;
  readonly sha256: string;
  readonly occurrence: ReturnType<typeof occurrenceCounter>;
};

const contextCharsMax = 400; // the head of a sink expression identifies it

/** Turns a match into a finding; undefined when the rule is silent in test code or the source is gone. */
export function draftFinding(match: RuleMatch, setting: DraftSetting): FindingDraft | undefined {
  const { rule } = setting;
  const { path } = match.site;
  const source = setting.source(path);
  const inTest = isTestPath(path);
  if (source === undefined || (inTest && rule.inTests === 'skip')) return undefined;
  const location = locate(source, { ...match.site, start: startOf(match, source) });
  const redact = redactor(match, source);
  const text = redact(source.text.slice(match.site.start, Math.min(match.site.end, match.site.start + contextCharsMax)));
  const context = `${match.instance.fn.name} ${text}`;
  return {
    analyzer: 'sast',
    ruleId: rule.id,
    ruleVersion: rule.version,
    severity: inTest && rule.inTests === 'lower' ? 'low' : rule.severity,
    confidence: confidenceOf(match, rule.confidence, inTest && rule.inTests === 'lower'),
    title: rule.title,
    message: messageOf(match, rule),
    remediation: rule.remediation,
    cwe: rule.cwe,
    references: rule.references,
    location,
    flow: flowOf(match, setting, location),
    excerpt: excerptAround(source, location, redact),
    fileSha256: setting.sha256,
    ...identify({ ruleId: rule.id, path, context, occurrence: setting.occurrence(rule.id, path, context), isCode: true }),
  };
}

/** A call that begins lines above its method name is found where the method stands. */
function startOf(match: RuleMatch, source: SourceText): number {
  const instruction = match.id === undefined ? undefined : match.instance.fn.code[match.id];
  if (instruction?.op !== 'call' || instruction.receiver === undefined) return match.site.start;
  const calleeEnd = match.instance.fn.spans[instruction.callee * 2 + 1];
  const name = instruction.spelling.at(-1);
  if (calleeEnd === undefined || name === undefined || calleeEnd <= match.site.start || calleeEnd > match.site.end) return match.site.start;
  const start = calleeEnd - name.length;
  return source.position(start).line === source.position(match.site.start).line ? match.site.start : start;
}

function messageOf(match: RuleMatch, rule: SastRule): string {
  const head =
    match.taint === undefined ? `${capitalised(match.label)}.` : `${capitalised(match.taint.source.label)} reaches ${match.label}.`;
  return `${head} ${rule.motivation}`.replaceAll('\u0000', '').slice(0, limits.messageCharsMax);
}

function flowOf(match: RuleMatch, setting: DraftSetting, sink: Location): FlowStep[] {
  if (match.taint === undefined) return [];
  const steps: Step[] = [];
  for (let step: Step | undefined = match.taint.step; step !== undefined && steps.length < limits.flowStepsMax - 1; step = step.previous)
    steps.unshift(step);
  const flow = steps.flatMap((step) => {
    const source = setting.source(step.site.path);
    return source === undefined
      ? []
      : [{ location: locate(source, step.site), note: step.note.replaceAll('\u0000', '').slice(0, limits.noteCharsMax) }];
  });
  return [...flow, { location: sink, note: `reaches ${match.label}`.replaceAll('\u0000', '').slice(0, limits.noteCharsMax) }];
}

function locate(source: SourceText, site: Site): Location {
  const start = source.position(site.start);
  const end = source.position(Math.max(site.end, site.start));
  return { path: site.path, startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}

function confidenceOf(match: RuleMatch, confidence: Confidence, inTest: boolean): Confidence {
  const start = match.low ? confidences.length - 1 : confidences.indexOf(confidence);
  const lowered = start + (match.guessed ? 1 : 0) + (inTest ? 1 : 0);
  return confidences[Math.min(lowered, confidences.length - 1)] ?? confidence;
}

/** Hides a literal that is a secret wherever it would be shown. */
function redactor(match: RuleMatch, source: SourceText): (text: string) => string {
  const { secret } = match;
  if (secret?.path !== match.site.path) return (text) => text;
  const literal = source.text.slice(secret.start, secret.end).replaceAll(/^['"`]|['"`]$/gu, '');
  if (literal.length < 3) return (text) => text;
  const lines = literal.split('\n').filter((line) => line.trim().length >= 3);
  return (text) => lines.reduce((shown, line) => shown.replaceAll(line, '[redacted]'), text);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
