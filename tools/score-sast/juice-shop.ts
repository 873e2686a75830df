import { parse } from 'yaml';
import { z } from 'zod';
import type { FindingDraft } from '@lib/contract';
import type { Corpus, CorpusKind, Judged } from './tally.ts';

const linesApart = 2; // how far from the marked line a finding may stand

/** Weaknesses that are the right reason for a challenge of each category of the shop. */
const categoryCwes: ReadonlyMap<string, readonly number[]> = new Map([
  ['Injection', [78, 89, 94, 95, 943, 1336, 1426, 1427, 77, 915]],
  ['XSS', [79, 80, 83]],
  ['Broken Access Control', [284, 285, 639, 862, 863, 566, 425]],
  ['Sensitive Data Exposure', [200, 532, 538, 548, 552, 22, 321, 798]],
  ['Observability Failures', [200, 497, 532, 538, 548, 552, 778, 862, 306]],
  ['Security Misconfiguration', [16, 209, 489, 497, 548, 611, 1188]],
  ['Broken Anti Automation', [307, 348, 770, 799, 290, 291, 837]],
  ['Broken Authentication', [287, 307, 521, 640, 798, 916, 327, 328, 348, 290, 291]],
  ['Improper Input Validation', [20, 434, 915, 1284, 601]],
  ['Unvalidated Redirects', [601, 20]],
  ['Cryptographic Issues', [321, 326, 327, 328, 330, 338, 347, 916, 841]],
  ['Security through Obscurity', [489, 656, 425]],
  ['Miscellaneous', [425, 489, 656, 200, 1426, 1427, 77, 20, 862]],
  ['Insecure Deserialization', [502, 400, 1333]],
  ['XXE', [611, 776]],
  ['Vulnerable Components', [347, 327, 1104]],
]);

const challengesSchema = z.array(z.object({ key: z.string(), category: z.string() }));
const marker = /vuln-code-snippet vuln-line (?<challenges>[\w ]+)/u;
const definesMarker = 'lib/codingChallenges.ts'; // holds the expression that finds the markers, and no marker
const challengesFile = 'data/static/challenges.yml';

/** The shop's own marks: each marked line is hit by a finding within two lines whose weakness is one of its challenges' category. */
export const juiceShop: CorpusKind = {
  judge: ({ files, findings }: Corpus) => {
    const categories = categoriesIn(files.get(challengesFile) ?? '[]');
    const judged: Judged[] = [];
    for (const [path, text] of files) {
      if (path === definesMarker || !/\.(?:ts|sol)$/u.test(path)) continue;
      for (const [index, line] of text.split('\n').entries()) {
        const challenges = marker.exec(line)?.groups?.['challenges']?.trim().split(' ');
        if (challenges === undefined) continue;
        const category = challenges.map((challenge) => categories.get(challenge) ?? 'unknown').find(Boolean) ?? 'unknown';
        const accepted = challenges.flatMap((challenge) => categoryCwes.get(categories.get(challenge) ?? '') ?? []);
        const at = index + 1;
        judged.push({
          category,
          path,
          line: at,
          isFlaw: true,
          isReported: findings.some((finding) => answers(finding, { path, at, accepted })),
        });
      }
    }
    return { judged };
  },
};

function categoriesIn(yaml: string): ReadonlyMap<string, string> {
  return new Map(challengesSchema.parse(parse(yaml)).map(({ key, category }) => [key, category]));
}

type Place = { readonly path: string; readonly at: number; readonly accepted: readonly number[] };

function answers({ location, cwe }: FindingDraft, { path, at, accepted }: Place): boolean {
  return location.path === path && Math.abs(location.startLine - at) <= linesApart && cwe.some((number) => accepted.includes(number));
}
