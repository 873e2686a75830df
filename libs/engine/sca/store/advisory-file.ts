import { z } from 'zod';
import { assert } from '@lib/kernel';
import { ecosystems } from '../dependency.ts';
import { advisoryRecordSchema, type AdvisoryRecord } from './advisory-record.ts';

const sourceSchema = z.object({
  name: z.string(),
  /** The day of the newest entry that was taken, `2026-08-21`. */
  date: z.string(),
  revision: z.string().optional(),
  licence: z.string(),
  /** What of the ecosystem the source speaks of. */
  scope: z.string(),
});
export type AdvisorySource = z.infer<typeof sourceSchema>;

/** The first line of an advisory file: what is in it and from where. */
const headSchema = z.object({
  format: z.literal(1),
  ecosystem: z.enum(ecosystems),
  advisories: z.int().min(0),
  packages: z.int().min(0),
  sources: z.array(sourceSchema),
  /** Names of advisories that the source took back; in files of one source that are to be merged. */
  withdrawn: z.array(z.string()).optional(),
});
export type AdvisoryFileHead = z.infer<typeof headSchema>;

/** One ecosystem's advisories, ready to be asked. */
export type AdvisoryFile = {
  readonly head: AdvisoryFileHead;
  /** Advisories of a package by its exact name. */
  readonly of: (name: string) => readonly AdvisoryRecord[];
  /** Every entry in the order of the file. */
  readonly entries: () => Iterable<readonly [string, AdvisoryRecord]>;
};

/**
 * Opens a file of advisories: a head line of JSON, then lines `name<TAB>record`, sorted by name and id. Nothing but the head is parsed
 * until it is asked for: names are found by bisecting the text. Undefined when it is no such file. Units: code units.
 */
export function openAdvisoryFile(text: string): AdvisoryFile | undefined {
  const start = text.indexOf('\n') + 1;
  const head = headSchema.safeParse(parseJson(text.slice(0, Math.max(0, start - 1))));
  if (!head.success) return undefined;
  return {
    head: head.data,
    of: (name) => {
      const found: AdvisoryRecord[] = [];
      for (let at = firstAtOrAfter(text, start, name); at < text.length; at = lineEnd(text, at) + 1) {
        if (nameAt(text, at) !== name) break;
        found.push(recordAt(text, at));
      }
      return found;
    },
    entries: function* () {
      for (let at = start; at < text.length; at = lineEnd(text, at) + 1) yield [nameAt(text, at), recordAt(text, at)];
    },
  };
}

/** Writes such a file. Entries of any order; the text is the same for the same entries. */
export function writeAdvisoryFile(
  head: Pick<AdvisoryFileHead, 'ecosystem'> & { readonly sources: readonly AdvisorySource[]; readonly withdrawn?: readonly string[] },
  entries: readonly (readonly [string, AdvisoryRecord])[],
): string {
  const lines = entries.map(([name, record]) => {
    assert(!/[\t\n]/u.test(name), 'a package name has no white space');
    return { name, id: record.id, text: `${name}\t${JSON.stringify(record)}\n` };
  });
  lines.sort((a, b) => compareText(a.name, b.name) || compareText(a.id, b.id));
  const count = (of: (line: { readonly name: string; readonly id: string }) => string): number => new Set(lines.map(of)).size;
  const first: AdvisoryFileHead = {
    format: 1,
    ecosystem: head.ecosystem,
    advisories: count((line) => line.id),
    packages: count((line) => line.name),
    sources: head.sources.toSorted((a, b) => compareText(a.name, b.name)),
    ...(head.withdrawn === undefined ? {} : { withdrawn: [...head.withdrawn] }),
  };
  return `${JSON.stringify(first)}\n${lines.map((line) => line.text).join('')}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function firstAtOrAfter(text: string, start: number, name: string): number {
  let [low, high] = [start, text.length];
  while (low < high) {
    const at = text.lastIndexOf('\n', Math.max(start, (low + high) >> 1) - 1) + 1;
    const line = Math.max(at, low);
    if (nameAt(text, line) < name) low = lineEnd(text, line) + 1;
    else high = line;
  }
  return low;
}

function nameAt(text: string, at: number): string {
  return text.slice(at, text.indexOf('\t', at));
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function recordAt(text: string, at: number): AdvisoryRecord {
  return advisoryRecordSchema.parse(parseJson(text.slice(text.indexOf('\t', at) + 1, lineEnd(text, at))));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
