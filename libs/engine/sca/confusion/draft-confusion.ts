import { limits, type FindingDraft, type RuleHead } from '@lib/contract';
import { excerptAround, identify, type SourceText, type TreeFile } from '@lib/engine/sdk';
import type { Confusion } from './find-confusions.ts';

/** A confusion, and where it stands. */
export type Confused = {
  readonly rule: RuleHead;
  readonly occurrence: (ruleId: string, path: string, context: string) => number;
  readonly file: TreeFile;
  readonly source: SourceText;
  readonly confusion: Confusion;
};

/** Describes a place where somebody else's package can come in the place of one's own; worse where it has come already. */
export function draftConfusion({ rule, occurrence, file, source, confusion }: Confused): FindingDraft {
  const { line, subject, isTaken } = confusion;
  const location = { path: file.path, startLine: line, startColumn: 1, endLine: line, endColumn: source.line(line).length + 1 };
  return {
    analyzer: 'sca',
    ruleId: rule.id,
    ruleVersion: rule.version,
    severity: isTaken ? 'high' : rule.severity,
    confidence: rule.confidence,
    title: confusion.title.slice(0, limits.titleCharsMax),
    message: confusion.message.slice(0, limits.messageCharsMax),
    remediation: rule.remediation,
    cwe: rule.cwe,
    references: rule.references,
    location,
    flow: [],
    excerpt: excerptAround(source, location),
    fileSha256: file.sha256,
    ...identify({ ruleId: rule.id, path: file.path, context: subject, occurrence: occurrence(rule.id, file.path, subject) }),
  };
}
