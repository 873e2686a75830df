import { findingIdSchema, type FindingDraft, type FindingId } from '@lib/contract';
import { joinFlaws, matchLineage, rankOf, toolOf, traitsOf, type Sign, type Traits } from '@lib/engine/lineage';
import { present, type Ids } from '@lib/kernel';
import type { KnownSighting, Merge } from '../tool-sightings.store.ts';

/** A draft with the finding that it is of, and the report that it continues. */
export type PlannedSighting = {
  readonly draft: FindingDraft;
  readonly tool: string;
  readonly rank: number;
  readonly traits: Traits;
  readonly findingId: FindingId;
  readonly sightingId: string;
  readonly known: KnownSighting | undefined;
  /** Whether the finding was there before. */
  readonly isNew: boolean;
  /** Whether another tool tells the same finding. */
  readonly isShared: boolean;
};

export type SightingPlan = {
  readonly sightings: readonly PlannedSighting[];
  /** Findings that a tool joins which has not told them before. */
  readonly joined: readonly FindingId[];
  readonly merges: readonly Merge[];
};

/** What a draft is known by, before it is known whose it is. */
export type Read = { readonly draft: FindingDraft; readonly tool: string; readonly rank: number; readonly traits: Traits };

/** Reads what the drafts of a scan are known by. */
export function readDraft(draft: FindingDraft): Read {
  return { draft, tool: toolOf(draft), rank: rankOf(draft), traits: traitsOf(draft) };
}

/** Which earlier report each draft continues; undefined for one that is new to its tool. */
export function continued(reads: readonly Read[], known: readonly KnownSighting[]): readonly (KnownSighting | undefined)[] {
  const pairs = matchLineage(
    known,
    reads.map(({ draft, tool, traits }) => ({ fingerprint: draft.fingerprint, ruleId: draft.ruleId, tool, traits, live: true })),
  );
  return reads.map((_, index) => known[pairs.get(index) ?? -1]);
}

type Earlier = {
  /** Of each draft, the report that it continues. */
  readonly continues: readonly (KnownSighting | undefined)[];
  /** What other tools say of the same files. */
  readonly others: readonly KnownSighting[];
  readonly ids: Ids;
};

/** Plans what is written of the drafts of one scan: whose they are, what is joined and what becomes one. Pure but for new ids. */
export function planSightings(reads: readonly Read[], { continues, others, ids }: Earlier): SightingPlan {
  const signs = reads.map(({ draft, tool, rank, traits }, index): Sign => {
    const finding = continues[index]?.findingId;
    return { tool, ruleId: draft.ruleId, fingerprint: draft.fingerprint, rank, traits, ...(finding === undefined ? {} : { finding }) };
  });
  const placed = [...others.map((other): Sign => ({ ...other, finding: other.findingId }))];
  const fresh = new Set<string>();
  const { findings, merged } = joinFlaws(placed, signs, () => {
    const id = ids.uuid();
    fresh.add(id);
    return id;
  });
  const sightings = reads.map((read, index): PlannedSighting => {
    const known = continues[index];
    const findingId = findingIdSchema.parse(present(findings[index], 'the finding of a draft'));
    return { ...read, findingId, known, sightingId: known?.id ?? ids.uuid(), isNew: fresh.has(findingId), isShared: false };
  });
  const tellers = Map.groupBy(sightings, ({ findingId }) => findingId);
  const shared = new Set(others.map(({ findingId }) => findingId));
  const isShared = ({ findingId, known }: PlannedSighting): boolean =>
    known?.isShared === true || shared.has(findingId) || (tellers.get(findingId)?.length ?? 0) > 1;
  const joined = sightings.filter((one) => !one.isNew && isShared(one) && one.known?.isShared !== true).map(({ findingId }) => findingId);
  const merges = [...merged]
    .filter(([from]) => !fresh.has(from))
    .map(([from, to]): Merge => ({ from: findingIdSchema.parse(from), to: findingIdSchema.parse(finalOf(merged, to)) }));
  return {
    sightings: sightings.map((one) => ({ ...one, isShared: isShared(one) || merges.some(({ to }) => to === one.findingId) })),
    joined: [...new Set([...joined, ...merges.flatMap(({ from, to }) => [from, to])])],
    merges,
  };
}

function finalOf(merged: ReadonlyMap<string, string>, id: string): string {
  let last = id;
  for (let next = merged.get(last); next !== undefined; next = merged.get(last)) last = next;
  return last;
}
