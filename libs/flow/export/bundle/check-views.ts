import { type ViewWriter, indexLine, indexPath, viewGroupLeaves, viewNames, viewPaths, viewWriter } from '../views/audit-view.ts';
import type { LeafRecord } from '../views/leaf-record.ts';
import type { BundleSource } from './bundle-source.ts';
import type { BundleFault } from './bundle-verdict.ts';

/** Takes the records of a log in order and compares the views with what must follow from them. */
export type ViewsCheck = {
  /** How many there are. */
  readonly count: number;
  readonly add: (leaves: readonly LeafRecord[]) => Promise<void>;
  readonly finish: () => Promise<{ readonly faults: readonly BundleFault[]; readonly views: number }>;
};

/**
 * Makes every view of the bundle again from the records and compares the bytes: a table that says something else than the log is
 * found, and its row named. `withIndex`: the records are a selection, so there is a file of their indexes.
 */
export function checkViews(source: BundleSource, withIndex: boolean): ViewsCheck {
  const present = viewNames.filter((name) => source.files.has(viewPaths[name]));
  const comparisons = present.map((name) => new Comparison(source, viewPaths[name], viewWriter(name)));
  const index = withIndex ? new Comparison(source, indexPath, indexWriter) : undefined;
  const all = index === undefined ? comparisons : [...comparisons, index];
  let waiting: LeafRecord[] = [];
  const flush = async (): Promise<void> => {
    for (const comparison of all) await comparison.group(waiting);
    waiting = [];
  };
  return {
    count: all.length,
    add: async (leaves) => {
      for (const leaf of leaves) {
        const [first] = waiting;
        if (first !== undefined && groupOf(first) !== groupOf(leaf)) await flush();
        waiting.push(leaf);
      }
    },
    finish: async () => {
      await flush();
      for (const comparison of all) await comparison.finish();
      return { faults: all.flatMap(({ fault }) => (fault === undefined ? [] : [fault])), views: present.length };
    },
  };
}

const indexWriter: ViewWriter = {
  head: new Uint8Array(0),
  group: (records) => Buffer.concat(records.map(indexLine)),
  row: indexLine,
  tail: () => new Uint8Array(0),
  groups: () => [],
};

function groupOf({ index }: LeafRecord): number {
  return Math.floor(index / viewGroupLeaves);
}

/** One file against what it must be, as far as the first difference. */
class Comparison {
  fault: BundleFault | undefined;
  readonly #source: BundleSource;
  readonly #path: string;
  readonly #writer: ViewWriter;
  #at = 0;

  constructor(source: BundleSource, path: string, writer: ViewWriter) {
    this.#source = source;
    this.#path = path;
    this.#writer = writer;
  }

  async group(records: readonly LeafRecord[]): Promise<void> {
    if (this.fault !== undefined) return;
    if (this.#at === 0) await this.#expect(this.#writer.head, undefined);
    await this.#expect(this.#writer.group(records), records);
  }

  async finish(): Promise<void> {
    if (this.fault !== undefined) return;
    await this.#expect(this.#writer.tail(), undefined);
    if (this.#source.files.get(this.#path) !== this.#at) this.#fail(undefined);
  }

  async #expect(wanted: Uint8Array, records: readonly LeafRecord[] | undefined): Promise<void> {
    if (this.fault !== undefined || wanted.length === 0) return;
    const found = (await this.#source.read(this.#path, { from: this.#at, bytes: wanted.length })) ?? new Uint8Array(0);
    if (Buffer.compare(found, wanted) !== 0) this.#fail(this.#indexOf(firstDifference(found, wanted), records));
    this.#at += wanted.length;
  }

  #indexOf(offset: number, records: readonly LeafRecord[] | undefined): { readonly index: number; readonly through?: number } | undefined {
    const [first, last] = [records?.at(0), records?.at(-1)];
    if (records === undefined || first === undefined || last === undefined) return undefined;
    const { row } = this.#writer;
    if (row === undefined) return { index: first.index, through: last.index };
    let end = 0;
    for (const record of records) {
      end += row(record).length;
      if (offset < end) return { index: record.index };
    }
    return undefined;
  }

  #fail(place: { readonly index: number; readonly through?: number } | undefined): void {
    this.fault ??= { code: 'bundle.view_altered', index: null, path: this.#path, ...place };
  }
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) if (a[at] !== b[at]) return at;
  return shorter;
}
