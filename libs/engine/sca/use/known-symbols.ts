import { limits } from '@lib/contract';
import { z } from 'zod';
import type { Named } from '../dependency.ts';
import { ecosystems } from '../dependency.ts';
import type { AdvisoryRecord } from '../store/advisory-record.ts';

const symbol = z.string().min(1).max(limits.noteCharsMax);

/**
 * Functions that advisories are about, for those whose database names none in a field. Written by hand from their texts. A flaw stands here
 * only when a user of the package meets it by calling one of these, and not by templates, settings or other packages.
 */
export const symbolsSchema = z.object({
  ecosystem: z.enum(ecosystems),
  packages: z.record(z.string(), z.record(z.string().regex(/^(?:CVE|GHSA|NSWG)-[\w-]+$/u), z.array(symbol).min(1))),
});
type Symbols = z.infer<typeof symbolsSchema>;

/** The functions that all advisories together are about; undefined when one of them names none, so that any use may matter. */
export type SymbolsOf = (found: Named, hits: readonly AdvisoryRecord[]) => readonly string[] | undefined;

/** Looks up functions in what advisories say themselves, and else in the tables. */
export function knownSymbols(tables: readonly Symbols[]): SymbolsOf {
  return ({ ecosystem, name }, hits) => {
    const own = tables.find((table) => table.ecosystem === ecosystem)?.packages[name] ?? {};
    const each = hits.map(({ id, aliases, symbols }) =>
      symbols.length > 0 ? symbols : [id, ...aliases].flatMap((known) => own[known] ?? []),
    );
    return each.length === 0 || each.some((symbols) => symbols.length === 0) ? undefined : [...new Set(each.flat())];
  };
}
