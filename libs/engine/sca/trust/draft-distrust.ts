import { limits, type FindingDraft, type RuleHead } from '@lib/contract';
import { excerptAround, identify, type SourceText, type TreeFile } from '@lib/engine/sdk';
import type { Distrust } from './find-distrust.ts';

/** What is distrusted, and where it stands. */
export type Distrusted = {
  readonly rule: RuleHead;
  readonly occurrence: (ruleId: string, path: string, context: string) => number;
  readonly file: TreeFile;
  readonly source: SourceText;
  readonly distrust: Distrust;
};

/** Describes a package that should be looked at. What rests on a name alone is less sure than what an address says. */
export function draftDistrust({ rule, occurrence, file, source, distrust }: Distrusted): FindingDraft {
  const { found, severity, title, message } = distrust;
  const location = {
    path: file.path,
    startLine: found.startLine,
    startColumn: 1,
    endLine: found.endLine,
    endColumn: source.line(found.endLine).length + 1,
  };
  const context = `${found.ecosystem} ${found.name}`;
  return {
    analyzer: 'sca',
    ruleId: rule.id,
    ruleVersion: rule.version,
    severity,
    confidence: severity === 'low' ? 'low' : rule.confidence,
    title: title.slice(0, limits.titleCharsMax),
    message: message.slice(0, limits.messageCharsMax),
    remediation: rule.remediation,
    cwe: rule.cwe,
    references: rule.references,
    location,
    flow: [],
    excerpt: excerptAround(source, location),
    fileSha256: file.sha256,
    ...identify({ ruleId: rule.id, path: file.path, context, occurrence: occurrence(rule.id, file.path, context) }),
  };
}
