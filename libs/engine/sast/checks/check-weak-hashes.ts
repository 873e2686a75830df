import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { siteOf, valueOf, type Session } from '../taint/session.ts';
import { isSensitiveName } from '../taint/sensitive-name.ts';
import type { SinkHit } from '../taint/sink-hits.ts';
import { stringsOf } from '../taint/value.ts';
import type { RuleMatch } from './match.ts';

const weakAlgorithm = /^(?:rsa-)?(?:md[245]|sha-?1|ripemd(?:160)?|rmd160)$/iu;
const secretPurpose = /passw|passphrase|secret|token|credential|signature|\bauth|login|session/iu;

/** Finds weak hashes of something that must stay secret. A weak hash that only tells texts apart (an ETag, a bucket) is none. */
export function checkWeakHashes(session: Session, rule: SastRule, hits: readonly SinkHit[]): readonly RuleMatch[] {
  return hits.flatMap((hit) => {
    if (hit.kind !== 'hash-input') return [];
    const made = hashCall(hit.instance, hit.id);
    const [algorithm] = made?.arguments ?? [];
    if (made === undefined || algorithm === undefined) return [];
    const weak = stringsOf(valueOf(hit.instance, algorithm.value)).find((name) => weakAlgorithm.test(name));
    const taint = hit.taints.find((candidate) => candidate.source.origin === 'sensitive');
    if (weak === undefined || (taint === undefined && !servesSecrets(session, hit.instance))) return [];
    const label = `the hash \`${weak}\`, which no longer protects`;
    const base = { ruleId: rule.id, instance: hit.instance, label, guessed: false, low: false, secret: undefined };
    return [{ ...base, site: siteOf(hit.instance, made.id), id: made.id, taint }];
  });
}

/** The `createHash` that an `update` belongs to, in the same function. */
function hashCall(instance: Instance, update: ValueId): (Extract<Instruction, { op: 'call' }> & { readonly id: ValueId }) | undefined {
  let at: ValueId | undefined = update;
  for (let hops = 0; hops < hopsMax && at !== undefined; hops++) {
    const instruction: Instruction | undefined = instance.fn.code[at];
    if (instruction?.op === 'refine') at = instruction.value;
    else if (instruction?.op !== 'call') return undefined;
    else if (instruction.spelling.at(-1) === 'createHash') return { ...instruction, id: at };
    else at = instruction.receiver;
  }
  return undefined;
}

const hopsMax = 12; // updates that follow each other

/** The names of the function say that secrets are hashed in it. */
function servesSecrets(session: Session, instance: Instance): boolean {
  const { fn } = instance;
  if (secretPurpose.test(fn.name)) return true;
  return [...fn.parameters, ...fn.variables].some(({ name }) => isSensitiveName(session.models, name));
}
