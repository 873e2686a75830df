import {
  type Checkpoint,
  type TlogErrorCode,
  type VerifierKey,
  formatTrustPolicy,
  openNote,
  parseCheckpoint,
  parseTrustPolicy,
  parseVerifierKey,
  sameHash,
} from '@lib/engine/tlog';
import { type Result, err, ok } from '@lib/kernel';
import type { BundleSource } from './bundle-source.ts';
import type { BundleFault, BundleFaultCode } from './bundle-verdict.ts';

/** What the reader brings along. `since` is a whole checkpoint that they kept; `key` the one-line form, from elsewhere. */
export type ReaderKnows = { readonly key?: string | undefined; readonly since?: Uint8Array | undefined };

/** What everything else in the bundle is held against. */
export type BundleHead = {
  readonly key: VerifierKey;
  readonly keyLine: string;
  readonly checkpoint: Checkpoint;
  readonly since: Checkpoint | undefined;
  readonly faults: readonly BundleFault[];
};

/** Opens key and checkpoint, and holds the checkpoint against the older one. Errors: the fault that leaves nothing to check. */
export async function checkHead(source: BundleSource, reader: ReaderKnows): Promise<Result<BundleHead, BundleFault>> {
  const opened = chooseKey(await readText(source, 'log.vkey'), reader.key?.trim());
  if (!opened.ok) return opened;
  const { key, keyLine } = opened.value;
  const bytes = await source.read('checkpoint');
  if (bytes === undefined) return err(fault('bundle.checkpoint_missing', 'checkpoint'));
  const checkpoint = openSigned(bytes, key);
  if (!checkpoint.ok) return err(fault(checkpoint.error, 'checkpoint'));
  const policy = await readText(source, 'tlog-policy');
  const faults = policy === undefined || isPolicyOf(policy, keyLine) ? [] : [fault('bundle.policy_mismatch', 'tlog-policy')];
  const since = reader.since === undefined ? undefined : openSigned(reader.since, key);
  const head = { key, keyLine, checkpoint: checkpoint.value };
  if (since?.ok === false) return ok({ ...head, since: undefined, faults: [...faults, fault('bundle.older_checkpoint_refused', null)] });
  return ok({ ...head, since: since?.value, faults: [...faults, ...compare(checkpoint.value, since?.value)] });
}

type ChosenKey = { readonly key: VerifierKey; readonly keyLine: string };

/** The reader's key, or else the one that came along; when there are both, they must be one. */
function chooseKey(file: string | undefined, known: string | undefined): Result<ChosenKey, BundleFault> {
  const found = file?.replace(/\n$/u, ''); // and nothing else: each file has one form
  const keyLine = known ?? found;
  if (keyLine === undefined) return err(fault('bundle.key_missing', 'log.vkey'));
  const key = parseVerifierKey(keyLine);
  if (!key.ok) return err(fault('bundle.key_malformed', known === undefined ? 'log.vkey' : null));
  return found === undefined || found === keyLine ? ok({ key: key.value, keyLine }) : err(fault('bundle.key_mismatch', 'log.vkey'));
}

function openSigned(note: Uint8Array, key: VerifierKey): Result<Checkpoint, BundleFaultCode> {
  const text = openNote(note, [key]);
  if (!text.ok) return err(noteFaults.get(text.error.code) ?? 'bundle.checkpoint_malformed');
  const checkpoint = parseCheckpoint(text.value);
  if (!checkpoint.ok) return err('bundle.checkpoint_malformed');
  if (checkpoint.value.origin !== key.name) return err('bundle.other_log');
  return checkpoint.value.size > BigInt(Number.MAX_SAFE_INTEGER) ? err('bundle.checkpoint_malformed') : ok(checkpoint.value);
}

const noteFaults: ReadonlyMap<TlogErrorCode, BundleFaultCode> = new Map([
  ['tlog.signature_invalid', 'bundle.signature_invalid'],
  ['tlog.key_unknown', 'bundle.other_log'],
]);

// What the two heads say by themselves; that the longer extends the shorter shows only in the tree.
function compare(now: Checkpoint, before: Checkpoint | undefined): readonly BundleFault[] {
  if (before === undefined) return [];
  if (before.size > now.size)
    return [{ ...fault('bundle.rolled_back', 'checkpoint'), index: Number(now.size), through: Number(before.size) - 1 }];
  return before.size === now.size && !sameHash(before.root, now.root) ? [fault('bundle.split_view', 'checkpoint')] : [];
}

function isPolicyOf(text: string, keyLine: string): boolean {
  const policy = parseTrustPolicy(text);
  if (!policy.ok) return false;
  const [log] = policy.value.logs;
  return policy.value.logs.length === 1 && log !== undefined && formatTrustPolicy(log).startsWith(`log ${keyLine}\n`);
}

async function readText(source: BundleSource, path: string): Promise<string | undefined> {
  const bytes = await source.read(path);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
}

function fault(code: BundleFaultCode, path: string | null): BundleFault {
  return { code, index: null, path };
}
