import { Buffer } from 'node:buffer';
import { assert } from '@lib/kernel';

/** A keyword found in a text: which one (its place in the list given), and where it begins and ends. */
export type KeywordHit = { readonly keyword: number; readonly start: number; readonly end: number };
/** A stretch of characters that base64 or hexadecimal could be made of. */
export type PackedRun = { readonly start: number; readonly end: number };
/** What one pass over a text shows. */
export type Scan = { readonly hits: readonly KeywordHit[]; readonly runs: readonly PackedRun[] };

/** An automaton over a list of keywords: one pass over a text finds them all, whatever their number. */
export type KeywordIndex = { readonly scan: (text: string, bounds: ScanBounds) => Scan };
export type ScanBounds = { readonly hitsMax: number; readonly runsMax: number; readonly runCharsMin: number };

const charsMax = 256; // the low byte of each character: one that is no ASCII may pass for another, and calls a rule in vain
const statesMax = 0xffff;

/**
 * Builds the automaton. Keywords are lower case and match any case.
 * Source: Aho and Corasick, "Efficient string matching", 1975, with the transitions written out.
 */
export function keywordIndex(keywords: readonly string[]): KeywordIndex {
  const kinds = kindsOf(keywords);
  const width = Math.max(...kinds.map((kind) => kind & classMask)) + 1;
  const trie = trieOf(keywords, kinds, width);
  const next = Uint16Array.from(trie.next);
  const found = completeTransitions(next, trie.found, width);
  const steps = Int32Array.from(next, (state) => (found[state]?.length === 0 ? state * width : ~(state * width)));
  return { scan: (text, bounds) => scanText({ kinds, width, steps, found, keywords }, text, bounds) };
}

const packedFlag = 64; // beside the class of a character: base64 or hexadecimal may hold it
const classMask = packedFlag - 1;

// For each character its class in the automaton, and whether packed text may hold it.
function kindsOf(keywords: readonly string[]): Uint8Array {
  const kinds = new Uint8Array(charsMax);
  let classes = 0;
  for (const char of new Set(keywords.join(''))) {
    const code = char.charCodeAt(0);
    assert(code < 128 && char === char.toLowerCase(), 'keywords are lower-case ASCII');
    classes++;
    kinds[code] = classes;
    kinds[char.toUpperCase().charCodeAt(0)] = classes;
  }
  assert(classes < packedFlag, 'the classes fit their bits');
  for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_') {
    kinds[char.charCodeAt(0)] = (kinds[char.charCodeAt(0)] ?? 0) | packedFlag;
  }
  return kinds;
}

type Trie = { readonly next: readonly number[]; readonly found: readonly (readonly number[])[] };

function trieOf(keywords: readonly string[], kinds: Uint8Array, width: number): Trie {
  const next: number[] = Array.from({ length: width }, () => 0);
  const found: number[][] = [[]];
  for (const [keyword, text] of keywords.entries()) {
    let state = 0;
    for (let at = 0; at < text.length; at++) {
      const edge = state * width + ((kinds[text.charCodeAt(at)] ?? 0) & classMask);
      if (next[edge] === 0) {
        next[edge] = found.length;
        found.push([]);
        for (let each = 0; each < width; each++) next.push(0);
      }
      state = next[edge] ?? 0;
    }
    found[state]?.push(keyword);
  }
  assert(found.length < statesMax, 'the keywords fit the automaton');
  return { next, found };
}

// Breadth first, so that the state which a failing edge falls back to is complete before it is copied from.
function completeTransitions(next: Uint16Array, own: readonly (readonly number[])[], width: number): readonly (readonly number[])[] {
  const found = own.map((each) => [...each]);
  const fallback = new Uint16Array(own.length);
  const queue = [...next.subarray(0, width)].filter((state) => state !== 0);
  for (const state of queue) {
    const back = fallback[state] ?? 0;
    found[state]?.push(...(found[back] ?? []));
    queue.push(...completeState({ next, fallback, width }, state, back));
  }
  return found;
}

type Transitions = { readonly next: Uint16Array; readonly fallback: Uint16Array; readonly width: number };

// Answers the states that follow this one in the trie.
function completeState({ next, fallback, width }: Transitions, state: number, back: number): readonly number[] {
  const followers: number[] = [];
  for (let edge = 0; edge < width; edge++) {
    const target = next[state * width + edge] ?? 0;
    const elsewhere = next[back * width + edge] ?? 0;
    if (target === 0) {
      next[state * width + edge] = elsewhere;
    } else {
      fallback[target] = elsewhere;
      followers.push(target);
    }
  }
  return followers;
}

type Tables = {
  readonly kinds: Uint8Array;
  readonly width: number;
  /** The state after each state and class, times the width; its complement where a keyword ends there. */
  readonly steps: Int32Array;
  readonly found: readonly (readonly number[])[];
  readonly keywords: readonly string[];
};

// The one loop that sees every character of a repository: nothing is allocated but where something is found.
function scanText(tables: Tables, text: string, bounds: ScanBounds): Scan {
  const { kinds, steps } = tables;
  const bytes = Buffer.from(text, 'latin1'); // one a character, so that places stay the same; twice as fast to walk as a string
  const hits: KeywordHit[] = [];
  let row = 0;
  for (let at = 0; at < bytes.length; at++) {
    row = steps[row + ((kinds[bytes[at] ?? 0] ?? 0) & classMask)] ?? 0;
    if (row >= 0) continue;
    row = ~row;
    addHits(tables, { hits, hitsMax: bounds.hitsMax, row, end: at + 1 });
    if (hits.length >= bounds.hitsMax) break;
  }
  return { hits, runs: packedRuns(kinds, bytes, bounds) };
}

// A run of so many characters covers one place in so many: only those are looked at, and what stands around the few that fit.
function packedRuns(kinds: Uint8Array, bytes: Uint8Array, { runsMax, runCharsMin }: ScanBounds): readonly PackedRun[] {
  const runs: PackedRun[] = [];
  const isPacked = (at: number): boolean => at >= 0 && at < bytes.length && (kinds[bytes[at] ?? 0] ?? 0) >= packedFlag;
  for (let probe = runCharsMin - 1; probe < bytes.length && runs.length < runsMax; probe += runCharsMin) {
    if (!isPacked(probe)) continue;
    let start = probe;
    let end = probe + 1;
    while (isPacked(start - 1)) start--;
    while (isPacked(end)) end++;
    if (end - start >= runCharsMin) runs.push({ start, end });
    probe += runCharsMin * Math.floor((end - 1 - probe) / runCharsMin); // the next place looked at lies behind the run
  }
  return runs;
}

type Found = { readonly hits: KeywordHit[]; readonly hitsMax: number; readonly row: number; readonly end: number };

function addHits({ found, keywords, width }: Tables, { hits, hitsMax, row, end }: Found): void {
  for (const keyword of found[row / width] ?? []) {
    if (hits.length < hitsMax) hits.push({ keyword, start: end - (keywords[keyword] ?? '').length, end });
  }
}
