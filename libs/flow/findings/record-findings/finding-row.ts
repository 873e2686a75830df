import { confidences, findingBodySchema, severityRank, type FindingDraft, type FindingId } from '@lib/contract';
import { contentDigest } from '@lib/engine/claims';
import { scoreFinding } from '../score-finding.ts';

/** A draft as the columns of `app.finding` take it. Names are the columns'; `fingerprint` and `content_sha256` are hexadecimal. */
export type FindingRow = {
  readonly id: FindingId;
  readonly fingerprint: string;
  readonly analyzer: string;
  readonly rule_id: string;
  readonly rule_version: number;
  readonly severity: number;
  readonly confidence: number;
  readonly score: number;
  readonly title: string;
  readonly path: string;
  readonly start_line: number;
  readonly detail: unknown;
  readonly content_sha256: string;
};

/** Turns a draft into the row of finding `id`. */
export function findingRow(draft: FindingDraft, id: FindingId): FindingRow {
  const { score, factors } = scoreFinding(draft);
  return {
    id,
    fingerprint: draft.fingerprint,
    analyzer: draft.analyzer,
    rule_id: draft.ruleId,
    rule_version: draft.ruleVersion,
    severity: severityRank(draft.severity),
    confidence: confidences.length - 1 - confidences.indexOf(draft.confidence),
    score,
    title: draft.title,
    path: draft.location.path,
    start_line: draft.location.startLine,
    detail: findingBodySchema.parse({ ...draft, scoreFactors: factors }),
    content_sha256: contentDigest(draft),
  };
}
