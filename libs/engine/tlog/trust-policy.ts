import { type Result, err, ok } from '@lib/kernel';
import { formatVerifierKey, parseVerifierKey, type VerifierKey } from './verifier-key.ts';
import type { TlogError } from './tlog.errors.ts';

/** Who must have cosigned: nobody, one witness, or at least `threshold` of the members. */
export type Quorum =
  | { readonly kind: 'none' }
  | { readonly kind: 'witness'; readonly key: VerifierKey }
  | { readonly kind: 'group'; readonly threshold: number; readonly members: readonly Quorum[] };

/** Which logs and witnesses a verifier trusts, and how many of the witnesses it asks for. */
export type TrustPolicy = { readonly logs: readonly VerifierKey[]; readonly witnesses: readonly VerifierKey[]; readonly quorum: Quorum };

const LINES_MAX = 1_000; // the specification asks for 32 logs, 32 witnesses and 32 groups
const POLICY_CHARS_MAX = 262_144;

/** Whether the witnesses that signed are enough. */
export function hasQuorum(quorum: Quorum, signed: readonly VerifierKey[]): boolean {
  switch (quorum.kind) {
    case 'none':
      return true;
    case 'witness':
      return signed.some((key) => key.id === quorum.key.id && key.name === quorum.key.name);
    case 'group':
      return quorum.members.filter((member) => hasQuorum(member, signed)).length >= quorum.threshold;
  }
}

/**
 * Writes a policy of one log, and of witnesses of which `threshold` must have signed. Witnesses are called `w1`, `w2` and so on.
 * Source: C2SP tlog-policy.
 */
export function formatTrustPolicy(log: VerifierKey, witnesses: readonly VerifierKey[] = [], threshold = witnesses.length): string {
  const names = witnesses.map((_, at) => `w${at + 1}`);
  const lines = [`log ${formatVerifierKey(log)}`, ...witnesses.map((key, at) => `witness w${at + 1} ${formatVerifierKey(key)}`)];
  if (threshold === 0) return [...lines, 'quorum none', ''].join('\n');
  return [...lines, `group all-witnesses ${threshold} ${names.join(' ')}`, 'quorum all-witnesses', ''].join('\n');
}

/** What has been read so far. */
type Reading = {
  readonly logs: VerifierKey[];
  readonly witnesses: VerifierKey[];
  readonly names: Map<string, Quorum>;
  readonly used: Set<string>;
  quorum: Quorum | undefined;
};

/**
 * Reads a policy, strictly: exactly one quorum, names defined before use and used in one group at most, no key twice.
 * Errors: `tlog.policy_malformed`. Source: C2SP tlog-policy.
 */
export function parseTrustPolicy(text: string): Result<TrustPolicy, TlogError> {
  const lines = text.split('\n');
  const reading: Reading = { logs: [], witnesses: [], names: new Map(), used: new Set(), quorum: undefined };
  const wrong = err({ code: 'tlog.policy_malformed' } as const);
  if (text.length > POLICY_CHARS_MAX || lines.length > LINES_MAX || lines.pop() !== '') return wrong;
  for (const line of lines) {
    if (/[^\t\u0020-\u007e\u0080-\u{10ffff}]/u.test(line)) return wrong;
    const [word = '', ...rest] = line.split(/[ \t]+/u).filter((part) => part !== '');
    if (word === '' || word.startsWith('#')) continue;
    if (!readLine(word, rest, reading)) return wrong;
  }
  const { logs, witnesses, quorum } = reading;
  return quorum === undefined ? wrong : ok({ logs, witnesses, quorum });
}

function readLine(word: string, rest: readonly string[], reading: Reading): boolean {
  switch (word) {
    case 'log':
      return rest.length <= 2 && addKey(reading.logs, rest[0], ['note']) !== undefined;
    case 'witness':
      return readWitness(rest, reading);
    case 'group':
      return readGroup(rest, reading);
    case 'quorum':
      return readQuorum(rest, reading);
    default:
      return false;
  }
}

function readWitness([name, key, ...url]: readonly string[], reading: Reading): boolean {
  if (name === undefined || isTaken(name, reading) || url.length > 1) return false;
  const added = addKey(reading.witnesses, key, ['cosignature', 'cosignature-ml-dsa-44']);
  if (added === undefined) return false;
  reading.names.set(name, { kind: 'witness', key: added });
  return true;
}

function readGroup([name, count, ...names]: readonly string[], reading: Reading): boolean {
  if (name === undefined || count === undefined || isTaken(name, reading) || names.length === 0) return false;
  const members: Quorum[] = [];
  for (const each of names) {
    const member = reading.names.get(each);
    if (member === undefined || reading.used.has(each)) return false;
    reading.used.add(each);
    members.push(member);
  }
  const threshold = readThreshold(count, members.length);
  if (threshold < 1 || threshold > members.length) return false;
  reading.names.set(name, { kind: 'group', threshold, members });
  return true;
}

function readThreshold(count: string, members: number): number {
  if (count === 'all') return members;
  if (count === 'any') return 1;
  return /^[1-9]\d{0,3}$/u.test(count) ? Number(count) : 0;
}

function readQuorum(names: readonly string[], reading: Reading): boolean {
  const [name = ''] = names;
  const quorum: Quorum | undefined = name === 'none' ? { kind: 'none' } : reading.names.get(name);
  if (names.length !== 1 || quorum === undefined || reading.quorum !== undefined) return false;
  reading.quorum = quorum;
  return true;
}

function isTaken(name: string, reading: Reading): boolean {
  return name === 'none' || reading.names.has(name);
}

function addKey(keys: VerifierKey[], text: string | undefined, kinds: readonly VerifierKey['kind'][]): VerifierKey | undefined {
  const key = parseVerifierKey(text ?? '');
  if (!key.ok || !kinds.includes(key.value.kind)) return undefined;
  // the same key under two names would count twice
  if (keys.some((each) => each.publicKey.equals(key.value.publicKey))) return undefined;
  keys.push(key.value);
  return key.value;
}
