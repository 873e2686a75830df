import type { FindingDraft } from '@lib/contract';
import type { Corpus, CorpusKind, Judged } from './tally.ts';

/**
 * A table of cases, one a line: name, category, whether it is a flaw, and the number of its weakness. A case is the source file of that
 * name, and counts as reported when any finding in the file has that weakness or one that is filed with it.
 */
export const caseTable: CorpusKind = {
  judge: ({ files, findings }: Corpus) => {
    const byCase = new Map<string, FindingDraft[]>();
    for (const finding of findings) {
      const name = stem(finding.location.path);
      byCase.set(name, [...(byCase.get(name) ?? []), finding]);
    }
    const paths = new Map([...files.keys()].filter((path) => source.test(path)).map((path) => [stem(path), path]));
    const tables = [...files].filter(([path]) => /^expectedresults[^/]*\.csv$/u.test(path));
    return { judged: tables.flatMap(([, text]) => text.split('\n').flatMap((line) => judge(line, byCase, paths))) };
  },
};

const source = /\.(?:java|js|ts|py|go)$/u;

/** Numbers under which one weakness is filed as well. */
const related: ReadonlyMap<number, readonly number[]> = new Map([
  [327, [327]],
  [328, [328, 916]],
  [330, [330, 338]],
  [614, [614]],
]);

function judge(line: string, byCase: ReadonlyMap<string, readonly FindingDraft[]>, paths: ReadonlyMap<string, string>): readonly Judged[] {
  const [name = '', category = '', truth, number] = line.split(',').map((cell) => cell.trim());
  const path = paths.get(name);
  if (path === undefined || (truth !== 'true' && truth !== 'false')) return [];
  const accepted = related.get(Number(number)) ?? [Number(number)];
  const isReported = (byCase.get(name) ?? []).some(({ cwe }) => cwe.some((candidate) => accepted.includes(candidate)));
  return [{ category, path, line: 1, isFlaw: truth === 'true', isReported }];
}

function stem(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.\w+$/u, '');
}
