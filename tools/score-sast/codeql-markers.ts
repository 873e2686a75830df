import type { FindingDraft } from '@lib/contract';
import type { Corpus, CorpusKind, Judged, Mark } from './tally.ts';

/** Numbers under which one weakness is filed in different years: the folder's number, then those that count as the same. */
const related: ReadonlyMap<number, readonly number[]> = new Map([
  [89, [89, 943]],
  [94, [94, 95, 96, 943]],
  [116, [116, 20, 79, 80]],
  [200, [200, 201, 312, 532]],
  [312, [312, 315, 359, 532]],
  [327, [326, 327, 328]],
  [338, [330, 338]],
  [400, [400, 471, 915, 1321, 1333]],
  [643, [91, 643]],
  [730, [400, 730, 1333]],
  [776, [611, 776]],
  [798, [259, 321, 798]],
  [916, [327, 328, 916]],
]);

/**
 * Query tests of CodeQL: `NOT OK` in a comment marks a line that must be reported, `OK` one that must not, each for the weakness that the
 * folder is named after. A comment that stands alone speaks of the next line of code.
 */
export const codeqlMarkers: CorpusKind = {
  judge: ({ files, findings }: Corpus) => {
    const marks = [...files].flatMap(([path, text]) => marksOf(path, text));
    return { judged: marks.map((mark) => ({ ...mark, isReported: isReported(mark, marks, findings) })) satisfies Judged[] };
  },
};

function marksOf(path: string, text: string): readonly Mark[] {
  const category = /(?:^|\/)(CWE-\d+)(?:\/|$)/u.exec(path)?.[1];
  if (category === undefined) return [];
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const marker = /(?:\/\/|\/\*|<!--|\{\/\*)\s*(NOT OK|OK)\b/u.exec(line);
    if (marker === null) return [];
    const standsAlone = line.slice(0, marker.index).trim() === '';
    const at = standsAlone ? lines.findIndex((next, place) => place > index && isCode(next)) : index;
    return at < 0 ? [] : [{ category, path, line: at + 1, isFlaw: marker[1] === 'NOT OK' }];
  });
}

function isCode(line: string): boolean {
  return !/^\s*(?:\/\/|\/\*|\*|$)/u.test(line);
}

/** A finding answers for the first marked line that it covers, so that a call of many lines does not answer for all that stands in it. */
function isReported(mark: Mark, marks: readonly Mark[], findings: readonly FindingDraft[]): boolean {
  const number = Number(mark.category.slice('CWE-'.length));
  const accepted = related.get(number) ?? [number];
  return findings.some((finding) => {
    if (finding.location.path !== mark.path || !finding.cwe.some((cwe) => accepted.includes(cwe))) return false;
    const { startLine, endLine } = finding.location;
    const covered = marks.filter(({ path, line }) => path === mark.path && line >= startLine && line <= endLine);
    return Math.min(...covered.map(({ line }) => line)) === mark.line;
  });
}
