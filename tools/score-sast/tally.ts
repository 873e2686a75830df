import type { FindingDraft } from '@lib/contract';

/** What a corpus says of one place: it must be reported or it must not, under a weakness of this category. */
export type Mark = { readonly category: string; readonly path: string; readonly line: number; readonly isFlaw: boolean };

/** A mark and whether the analysis reported it. */
export type Judged = Mark & { readonly isReported: boolean };

/** A corpus as far as scoring needs it: files by path, and what was found in them. */
export type Corpus = { readonly files: ReadonlyMap<string, string>; readonly findings: readonly FindingDraft[] };

/** How one kind of corpus is read. `other` counts findings on which the corpus has no say, for those kinds that judge them. */
export type CorpusKind = {
  readonly judge: (corpus: Corpus) => { readonly judged: readonly Judged[]; readonly other?: readonly FindingDraft[] };
};

/** Counts of one category, or of all. */
export type Count = {
  readonly category: string;
  readonly flaws: number;
  readonly hit: number;
  readonly clean: number;
  readonly flagged: number;
};

/** Counts per category in the order of their names, and their sum. */
export function count(judged: readonly Judged[]): { readonly categories: readonly Count[]; readonly all: Count } {
  const names = [...new Set(judged.map(({ category }) => category))].toSorted();
  const categories = names.map((name) =>
    countOf(
      name,
      judged.filter(({ category }) => category === name),
    ),
  );
  return { categories, all: countOf('all', judged) };
}

/** Share of flaws reported, share of clean places flagged, share of reported places that are flaws; with their counts. */
export function renderCount({ category, flaws, hit, clean, flagged }: Count): string {
  const rates = [`TPR ${percent(hit, flaws)}`, `FPR ${percent(flagged, clean)}`, `precision ${percent(hit, hit + flagged)}`];
  return `${category.padEnd(28)} ${rates.join('  ')}`;
}

/** TPR less FPR: averaged over the categories that have both kinds of places, and over all places together. In points of a hundred. */
export function renderScore(categories: readonly Count[], all: Count): string {
  const judged = categories.filter(({ flaws, clean }) => flaws > 0 && clean > 0);
  const average = judged.reduce((sum, category) => sum + points(category), 0) / Math.max(1, judged.length);
  return `score: by category ${average.toFixed(1)} (of ${judged.length}), micro ${points(all).toFixed(1)}`;
}

function points({ flaws, hit, clean, flagged }: Count): number {
  return 100 * ((flaws === 0 ? 0 : hit / flaws) - (clean === 0 ? 0 : flagged / clean));
}

function countOf(category: string, judged: readonly Judged[]): Count {
  const flaws = judged.filter(({ isFlaw }) => isFlaw);
  const clean = judged.filter(({ isFlaw }) => !isFlaw);
  const reported = (marks: readonly Judged[]): number => marks.filter(({ isReported }) => isReported).length;
  return { category, flaws: flaws.length, hit: reported(flaws), clean: clean.length, flagged: reported(clean) };
}

function percent(part: number, whole: number): string {
  const share = whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
  return `${share.padStart(7)} (${part}/${whole})`;
}
