import type { FindingDraft } from '@lib/contract';
import type { LockedPackage } from '../dependency.ts';
import type { Trace } from '../inventory/trace-paths.ts';
import { packageOfPurl, type PurlPackage } from '../package-url.ts';
import type { AdvisoryRecord } from '../store/advisory-record.ts';
import type { VexProduct, VexStatement } from './read-openvex.ts';

/** What is said beside a finding, of one of its flaws. */
export type VexNote = NonNullable<NonNullable<FindingDraft['dependency']>['vex']>[number];

/** A package with its flaws. */
export type Judged = { readonly found: LockedPackage; readonly trace: Trace; readonly hits: readonly AdvisoryRecord[] };

/**
 * The newest statement on each flaw of a package, with the statement itself. One on a part of a product counts where that product is no
 * package of the tree (a project of the supplier's or ours), or is one by which the package comes in.
 */
export function statementsOn(
  { found, trace, hits }: Judged,
  statements: readonly VexStatement[],
): readonly (readonly [VexNote, VexStatement])[] {
  if (statements.length === 0) return [];
  const about = statements.filter(({ products }) => products.some((product) => isAbout(product, found, trace)));
  return hits.flatMap(({ id, aliases }) => {
    const names = new Set([id, ...aliases]);
    const newest = about.filter((statement) => statement.names.some((name) => names.has(name))).toSorted((a, b) => b.at - a.at)[0];
    if (newest === undefined) return [];
    const { status, justification, by, date, path } = newest;
    return [[{ id, status, ...(justification === undefined ? {} : { justification }), by, date, path }, newest] as const];
  });
}

function isAbout({ purl, parts }: VexProduct, found: LockedPackage, { path }: Trace): boolean {
  const product = packageOfPurl(purl);
  if (parts.length === 0) return product !== undefined && matches(product, found);
  const isPart = parts.some((part) => {
    const named = packageOfPurl(part);
    return named !== undefined && matches(named, found);
  });
  return isPart && (product === undefined || matches(product, found) || path.some((user) => matches(product, user)));
}

function matches({ ecosystem, name, version }: PurlPackage, found: LockedPackage): boolean {
  return ecosystem === found.ecosystem && name === found.name && (version === undefined || version === found.version);
}
