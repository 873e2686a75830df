import { limits } from '@lib/contract';
import { Fault, type Result, err, ok, present } from '@lib/kernel';
import {
  type NoteSignature,
  type TlogErrorCode,
  type VerifierKey,
  formatAddCheckpoint,
  openNote,
  parseVerifierKey,
  parseWitnessSize,
  proveConsistencyByTiles,
  readCosignatures,
} from '@lib/engine/tlog';
import type { Tenancy, TenantTx, Turn } from '@lib/guard/tenancy';
import type { AskWitness, WitnessAnswer } from '@lib/platform/witness';
import { findTreeWithin } from './audit-log.store.ts';
import { type LogKeys, logVerifierKey } from './log-name.ts';
import { listHashes } from './logs.store.ts';
import { readStoredTile } from './read-stored-tile.ts';
import {
  type WitnessRow,
  askWitnessesLater,
  beginWitnessTurn,
  listWitnesses,
  noteWitnessFailure,
  saveCosignature,
} from './witness.store.ts';

/** `tenancy` is of `aegis_audit`. */
export type WitnessDeps = { readonly tenancy: Tenancy; readonly keys: LogKeys; readonly ask: AskWitness };

/**
 * Why a witness did not cosign. `audit.witness_ahead`: it has cosigned a longer log of this name than ours is, so ours was put back or
 * forked. `audit.witness_disagrees`: it refused our proof.
 */
export type WitnessRefusal = {
  readonly witnessId: string;
  readonly code:
    | 'audit.witness_ahead'
    | 'audit.witness_disagrees'
    | 'audit.witness_unknown_log'
    | 'audit.witness_answer'
    | 'witness.unavailable'
    | 'witness.address_refused'
    | TlogErrorCode;
};
export type WitnessRound = { readonly size: number; readonly cosigned: number; readonly refusals: readonly WitnessRefusal[] };

/**
 * Sends the newest checkpoint of one tenant to each of its witnesses that has not cosigned it, and keeps what they say. They are asked
 * between two transactions, so that a slow witness holds no connection; a round that dies is taken up again after its lease.
 */
export async function askWitnesses(deps: WitnessDeps, { tenantId, pass }: Turn): Promise<WitnessRound | undefined> {
  const context = { tenantId, actor: { type: 'system', id: 'audit-witnessing' }, pass } as const;
  const key = await logVerifierKey(deps.keys, tenantId);
  const plan = await deps.tenancy.withTenant(context, 'audit.witness', (tx) => planRound(tx, key));
  if (plan === undefined) return undefined;
  const answers = await Promise.all(plan.questions.map((question) => askOne(deps.ask, plan, question)));
  const refusals = answers.flatMap((answer) => (answer.ok ? [] : [answer.error]));
  await deps.tenancy.withTenant(context, 'audit.witness', async (tx) => {
    for (const answer of answers) await keep(tx, plan, answer);
    const failures = plan.questions.filter(({ witness }) => refusals.some((refusal) => refusal.witnessId === witness.id));
    if (failures.length > 0) await askWitnessesLater(tx, backoffMs(Math.min(...failures.map(({ witness }) => witness.failures))));
  });
  const { size } = plan;
  return { size, cosigned: answers.length - refusals.length, refusals: refusals.map(({ witnessId, code }) => ({ witnessId, code })) };
}

type Plan = { readonly size: number; readonly checkpoint: string; readonly text: string; readonly questions: readonly Question[] };
type Question = { readonly witness: WitnessRow; readonly body: string };

async function planRound(tx: TenantTx, key: VerifierKey): Promise<Plan | undefined> {
  if (!(await beginWitnessTurn(tx))) return undefined;
  const [tree, witnesses] = [await findTreeWithin(tx), await listWitnesses(tx)];
  const behind = witnesses.filter(({ knownSize }) => knownSize !== tree?.size);
  if (tree === undefined || behind.length === 0) return undefined;
  const text = openNote(Buffer.from(tree.checkpoint, 'utf8'), [key]);
  if (!text.ok) throw new Fault('audit.tree_tampered', { internal: `tenant \`${tx.context.tenantId}\`: ${text.error.code}` });
  await askWitnessesLater(tx, limits.auditWitnessLeaseMs);
  const head = { size: BigInt(tree.size), root: tree.root };
  const read = readStoredTile((level, range) => listHashes(tx, level, range));
  const questions: Question[] = [];
  for (const witness of behind) {
    // one that claims to know more than there is, is asked as if it knew nothing: its answer tells
    const oldSize = witness.knownSize < tree.size ? witness.knownSize : 0;
    const proved = oldSize === 0 ? { ok: true as const, value: { proof: [] } } : await proveConsistencyByTiles(head, BigInt(oldSize), read);
    if (!proved.ok) throw new Fault('audit.tree_tampered', { internal: `tenant \`${tx.context.tenantId}\`: ${proved.error.code}` });
    questions.push({
      witness,
      body: formatAddCheckpoint({ oldSize: BigInt(oldSize), proof: proved.value.proof, checkpoint: tree.checkpoint }),
    });
  }
  return { size: tree.size, checkpoint: tree.checkpoint, text: text.value, questions };
}

type Refused = WitnessRefusal & { readonly knownSize?: number };
type Answered = Result<{ readonly witness: WitnessRow; readonly signature: NoteSignature }, Refused>;

async function askOne(ask: AskWitness, plan: Plan, { witness, body }: Question): Promise<Answered> {
  const key = parseVerifierKey(witness.verifierKey);
  if (!key.ok) return err({ witnessId: witness.id, code: key.error.code });
  try {
    const { status, text } = await ask(witness.url, body);
    if (status !== 200) return err({ witnessId: witness.id, ...readRefusal(plan, witness, { status, text }) });
    const signatures = readCosignatures(text, plan.text, [key.value]);
    if (!signatures.ok) return err({ witnessId: witness.id, code: signatures.error.code });
    return ok({ witness, signature: present(signatures.value[0], 'an answer that was read holds a cosignature') });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const code = error.code === 'witness.address_refused' ? 'witness.address_refused' : 'witness.unavailable';
    return err({ witnessId: witness.id, code });
  }
}

function readRefusal(plan: Plan, witness: WitnessRow, answer: WitnessAnswer): Omit<Refused, 'witnessId'> {
  if (answer.status === 404) return { code: 'audit.witness_unknown_log' };
  if (answer.status === 422) return { code: 'audit.witness_disagrees' };
  const size = answer.status === 409 ? parseWitnessSize(answer.text) : undefined;
  if (size?.ok !== true) return { code: 'audit.witness_answer' };
  if (size.value > BigInt(plan.size)) return { code: 'audit.witness_ahead' };
  // it stands where we asked from and still says conflict: same size, another root
  const code = size.value === BigInt(witness.knownSize) ? 'audit.witness_disagrees' : 'audit.witness_answer';
  return { code, knownSize: Number(size.value) };
}

async function keep(tx: TenantTx, plan: Plan, answer: Answered): Promise<void> {
  if (!answer.ok) return noteWitnessFailure(tx, answer.error.witnessId, answer.error.knownSize);
  const { witness, signature } = answer.value;
  const { size, checkpoint } = plan;
  await saveCosignature(tx, { witnessId: witness.id, size, checkpoint, line: signature.line, time: signature.time ?? 0n });
}

/** The first failure is tried again at once: it may only have told us what it knows. */
function backoffMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(1_000 * 2 ** Math.min(failures, 20), limits.auditWitnessBackoffMsMax);
}
