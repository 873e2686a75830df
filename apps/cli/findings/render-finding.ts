import type { FindingActView, FindingDetailView, Location } from '@lib/contract';
import type { TerminalStyle } from '../terminal/terminal-style.ts';
import { visibleText } from '../terminal/visible-text.ts';

/** A finding and its history as a person reads them, from what is wrong to who has said what. */
export function renderFinding(finding: FindingDetailView, history: readonly FindingActView[], style: TerminalStyle): string {
  const { body, evidence } = finding;
  const section = (name: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ['', style.bold(name), ...lines];
  const lines = [
    `${style.severity(finding.severity, finding.severity.toUpperCase())}  ${style.bold(visibleText(finding.title))}`,
    `${placeOf(body.location)}  ${style.dim(finding.ruleId)}`,
    `${finding.state.replaceAll('_', ' ')}, ${finding.confidence} confidence, score ${String(finding.score)}: ${scoreOf(finding)}`,
    ...claimLines(finding.suppression),
    '',
    ...textLines(body.message),
    ...section(
      'Flow',
      body.flow.map((step, index) => `  ${String(index + 1)}  ${placeOf(step.location)}  ${visibleText(step.note)}`),
    ),
    ...section('Code', codeLines(finding, style)),
    ...section('Mend', body.remediation === '' ? [] : textLines(body.remediation)),
    ...section('References', [
      ...body.cwe.map((cwe) => `  CWE-${String(cwe)}`),
      ...body.references.map((text) => `  ${visibleText(text)}`),
    ]),
    ...section('Evidence', [
      `  ${evidence.state === 'verified' ? style.good('verified') : style.bad(evidence.state)}  sha256 ${evidence.sha256}`,
      `  kept until ${evidence.retainUntil}, tree ${evidence.merkleRoot}`,
    ]),
    ...section('Seen by', finding.sightings.length < 2 ? [] : finding.sightings.map(sightingLine)),
    ...section(
      'The same secret',
      finding.sameSecret.map((other) => `  ${visibleText(other.path)}:${String(other.startLine)}  finding ${other.id}`),
    ),
    ...(finding.joinedTo === null ? [] : section('Same as', [`  finding ${finding.joinedTo}`])),
    ...section(
      'History',
      history.map((act) => `  ${actLine(act)}`),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function claimLines(claim: FindingDetailView['suppression']): readonly string[] {
  if (claim === null) return [];
  const { signedBy, expiresAt, reason, id } = claim;
  return [`signed by ${visibleText(signedBy)} until ${expiresAt.slice(0, 10)}, claim ${id}: ${visibleText(reason)}`];
}

// Texts of rules have paragraphs and examples; what else is not to be seen is made visible.
function textLines(text: string): readonly string[] {
  return text.trimEnd().split('\n').map(visibleText);
}

function placeOf({ path, startLine, startColumn }: Location): string {
  return `${visibleText(path)}:${String(startLine)}:${String(startColumn)}`;
}

function scoreOf({ body }: FindingDetailView): string {
  return body.scoreFactors.map(({ name, points }) => `${name} ${points < 0 ? '' : '+'}${String(points)}`).join(', ');
}

// The lines of the finding itself are marked, not coloured alone.
function codeLines({ body: { excerpt, location } }: FindingDetailView, style: TerminalStyle): readonly string[] {
  const width = String(excerpt.startLine + excerpt.lines.length).length;
  return excerpt.lines.map((text, index) => {
    const number = excerpt.startLine + index;
    const marked = number >= location.startLine && number <= location.endLine;
    const line = `${marked ? '>' : ' '} ${String(number).padStart(width)}  ${visibleText(text)}`;
    return marked ? style.bold(line) : line;
  });
}

function sightingLine({ tool, ruleId, live, firstSeenAt }: FindingDetailView['sightings'][number]): string {
  return `  ${visibleText(tool)}  ${ruleId}  since ${firstSeenAt}${live ? '' : ', gone in its last look'}`;
}

function actLine({ at, actor, fromState, toState, comment }: FindingActView): string {
  const move = toState === null ? '' : `  ${fromState ?? 'new'} -> ${toState}`;
  return `${at}  ${actor.type} ${visibleText(actor.id)}${move}${comment === null ? '' : `  ${visibleText(comment)}`}`;
}
