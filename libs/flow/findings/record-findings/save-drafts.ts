import type { EvidenceRef, FindingDraft, FindingId } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { present, type Ids } from '@lib/kernel';
import type { ScanOf } from '../findings.store.ts';
import { findOthers, findSightings, holdRepository, keepShown, mergeFindings, type ToolSightingRow } from '../tool-sightings.store.ts';
import { findingRow } from './finding-row.ts';
import { continued, planSightings, readDraft, type PlannedSighting, type Read, type SightingPlan } from './plan-sightings.ts';
import { saveBatches, type SavedSighting } from './save-batches.ts';

type Recorded = {
  readonly drafts: readonly FindingDraft[];
  /** The proof of each draft. */
  readonly refs: readonly EvidenceRef[];
  readonly ids: Ids;
};

/** `shared`: those that several tools tell; who tells them is settled when the scan has closed what it did not see. */
export type SavedFindings = { readonly findingCount: number; readonly shared: readonly FindingId[] };

/**
 * Writes what a scan saw: each draft is the report of its tool that it continues, or that of another tool of the same flaw, or a new finding.
 * One recording of a repository at a time. A scan of a change (`side`) adds what is new as proposed and moves nothing else.
 */
export async function saveDrafts(tx: TenantTx, scan: ScanOf & { readonly side: boolean }, recorded: Recorded): Promise<SavedFindings> {
  const plan = await planDrafts(tx, scan, recorded);
  if (!scan.side && plan.joined.length > 0) await keepShown(tx, plan.joined);
  if (!scan.side && plan.merges.length > 0) await mergeFindings(tx, scan, plan.merges);
  const tellers = tellersOf(plan.sightings);
  const tellsNew = (one: PlannedSighting): boolean => one.isNew && tellers.has(one);
  // those that tell a new finding go first: nothing names what is not there
  const order = [...plan.sightings.keys()].toSorted(
    (a, b) => Number(tellsNew(present(plan.sightings[b], 'a plan'))) - Number(tellsNew(present(plan.sightings[a], 'a plan'))),
  );
  await saveBatches(tx, scan, {
    count: order.length,
    at: (position): SavedSighting => {
      const index = present(order[position], 'a place in the order');
      const planned = present(plan.sightings[index], 'a planned sighting');
      return {
        ...written(planned, { tells: tellers.has(planned), side: scan.side }),
        evidence: present(recorded.refs[index], 'a sealed entry'),
      };
    },
  });
  const shared = new Set(plan.sightings.filter((one) => one.isShared).map(({ findingId }) => findingId));
  return { findingCount: new Set(plan.sightings.map(({ findingId }) => findingId)).size, shared: [...shared] };
}

async function planDrafts(tx: TenantTx, scan: ScanOf, { drafts, ids }: Recorded): Promise<SightingPlan> {
  await holdRepository(tx, scan.repositoryId);
  const reads = drafts.map(readDraft);
  const tools = [...new Set(reads.map(({ tool }) => tool))];
  const known = tools.length === 0 ? [] : await findSightings(tx, scan.repositoryId, tools);
  const continues = continued(reads, known);
  const paths = [...new Set(reads.filter((read, index) => mayMeet(read, continues[index] !== undefined)).map(({ traits }) => traits.path))];
  const others = paths.length === 0 ? [] : await findOthers(tx, scan.repositoryId, { tools, paths });
  const placed = known.filter(({ live, traits }) => live && traits.package !== undefined);
  return planSightings(reads, { continues, others: [...others, ...placed], ids });
}

/** Whether other tools' reports matter to a draft: it is new, or about a package, of which more advisories may be told than before. */
function mayMeet({ traits }: Read, isKnown: boolean): boolean {
  return !isKnown || traits.package !== undefined;
}

/** The drafts that tell their finding: the only one of it, or the first of a new one. */
function tellersOf(sightings: readonly PlannedSighting[]): ReadonlySet<PlannedSighting> {
  const firsts = new Map<FindingId, PlannedSighting>();
  for (const one of sightings) {
    const first = firsts.get(one.findingId);
    if (first === undefined || one.rank < first.rank) firsts.set(one.findingId, one);
  }
  return new Set([...firsts.values()].filter((one) => one.isNew || !one.isShared));
}

function written(
  planned: PlannedSighting,
  { tells, side }: { readonly tells: boolean; readonly side: boolean },
): Omit<SavedSighting, 'evidence'> {
  const { draft, findingId, sightingId, isNew, known } = planned;
  const row = tells && (isNew || !side) ? findingRow(draft, findingId) : undefined;
  const report = side && !isNew ? undefined : reportOf(planned);
  return { findingId, row, report, ...(report === undefined && known === undefined ? {} : { toolSightingId: sightingId }) };
}

function reportOf({ draft, findingId, sightingId, tool, rank, traits, known, isShared }: PlannedSighting): ToolSightingRow | string {
  if (!isShared && known !== undefined && isUnchanged(known, draft, traits)) return known.id;
  return {
    id: sightingId,
    finding_id: findingId,
    tool,
    fingerprint: draft.fingerprint,
    rule_id: draft.ruleId,
    rule_version: draft.ruleVersion,
    rank,
    traits,
    ...(isShared ? { shown: findingRow(draft, findingId) } : {}),
  };
}

function isUnchanged(known: NonNullable<PlannedSighting['known']>, draft: FindingDraft, traits: Read['traits']): boolean {
  return (
    known.fingerprint === draft.fingerprint &&
    known.ruleId === draft.ruleId &&
    known.ruleVersion === draft.ruleVersion &&
    isSameTraits(known.traits, traits)
  );
}

function isSameTraits(a: Read['traits'], b: Read['traits']): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  const [left, right] = [new Map<string, unknown>(Object.entries(a)), new Map<string, unknown>(Object.entries(b))];
  return [...keys].every((key) => left.get(key) === right.get(key) || JSON.stringify(left.get(key)) === JSON.stringify(right.get(key)));
}
