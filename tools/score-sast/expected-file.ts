import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { treePathSchema, type FindingDraft } from '@lib/contract';
import type { Corpus, CorpusKind } from './tally.ts';

const flawSchema = z.strictObject({
  file: treePathSchema,
  line: z.int().min(1),
  cwe: z.array(z.int().min(1)).min(1),
  why: z.string().min(1),
});
const expectedSchema = z.strictObject({ flaws: z.array(flawSchema).min(1) });
const linesApart = 2;

/** A hand-written list of flaws. What is reported elsewhere at medium severity or above counts as false until it is listed. */
export function expectedFile(file: string): CorpusKind {
  const { flaws } = expectedSchema.parse(parse(readFileSync(file, 'utf8')));
  return {
    judge: ({ findings }: Corpus) => ({
      judged: flaws.map((flaw) => ({
        category: `CWE-${flaw.cwe[0] ?? 0}`,
        path: flaw.file,
        line: flaw.line,
        isFlaw: true,
        isReported: findings.some((finding) => answers(finding, flaw)),
      })),
      other: findings.filter((finding) => isLoud(finding) && !flaws.some((flaw) => answers(finding, flaw))),
    }),
  };
}

function answers({ location, cwe }: FindingDraft, flaw: z.infer<typeof flawSchema>): boolean {
  const isNear = location.startLine - linesApart <= flaw.line && flaw.line <= Math.max(location.endLine, location.startLine + linesApart);
  return location.path === flaw.file && isNear && cwe.some((number) => flaw.cwe.includes(number));
}

function isLoud({ severity }: FindingDraft): boolean {
  return severity === 'medium' || severity === 'high' || severity === 'critical';
}
