import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { baseOf } from '../taint/relation.ts';
import { siteOf, valueOf } from '../taint/session.ts';
import type { SinkHit } from '../taint/sink-hits.ts';
import type { Value } from '../taint/value.ts';
import { matchAt } from './match-at.ts';
import type { RuleMatch } from './match.ts';

const changing =
  /^(?:create|generate|delete|remove|update|send|transfer|pay|refund|charge|issue|grant|approve|cancel|execute|publish|deploy)(?:[A-Z]|$)/u;
const bounds: ReadonlySet<string> = new Set(['max', 'lte', 'lt', 'multipleOf', 'refine', 'superRefine', 'transform', 'pipe', 'default']);
const chainMax = 12; // calls that follow each other in one schema

/**
 * Finds tools that a language model calls as it likes: numbers without a largest one, and changes that no person approves. Whoever writes to
 * the model chooses both.
 */
export function checkModelTools(rule: SastRule, hits: readonly SinkHit[]): readonly RuleMatch[] {
  return hits.flatMap((hit) => {
    if (hit.kind !== 'model-tool') return [];
    return [...openNumbers(rule, hit), ...changes(rule, hit)];
  });
}

/** `z.number()` without `.max()` in the schema of the tool. */
function openNumbers(rule: SastRule, { instance, value }: SinkHit): readonly RuleMatch[] {
  const { code } = instance.fn;
  if (value.objects.some(({ fields }) => fields.has('needsApproval'))) return [];
  return code.flatMap((store, id) => {
    if (store.op !== 'store' || !isOpenNumber(code, store.value) || !isInSchema(instance, store.object)) return [];
    return [matchAt(rule, instance, { id, label: 'a number that a language model chooses without a bound' })];
  });
}

/** The object is handed to `z.object`, of which the schema of some tool is made. */
function isInSchema({ fn }: Instance, object: ValueId): boolean {
  const isSchema = (id: ValueId): boolean => {
    const made = fn.code[baseOf(fn.code, id)];
    return made?.op === 'call' && /^(?:object|strictObject)$/u.test(made.spelling.at(-1) ?? '') && made.arguments[0]?.value === object;
  };
  return fn.code.some(
    (store) => store.op === 'store' && 'name' in store.key && /^(?:inputSchema|parameters)$/u.test(store.key.name) && isSchema(store.value),
  );
}

function isOpenNumber(code: readonly Instruction[], id: ValueId): boolean {
  let at: ValueId | undefined = id;
  for (let hops = 0; hops < chainMax && at !== undefined; hops++) {
    const made: Instruction | undefined = code[baseOf(code, at)];
    if (made?.op !== 'call') return false;
    const name = made.spelling.at(-1) ?? '';
    if (bounds.has(name)) return false;
    if (name === 'number') return true;
    at = made.receiver;
  }
  return false;
}

/** Calls by a name that says that something is changed, with what the model chose. */
function changes(rule: SastRule, { value }: SinkHit): readonly RuleMatch[] {
  if (value.objects.some(({ fields }) => fields.has('needsApproval'))) return [];
  const run = value.objects.flatMap(({ fields }) => fields.get('execute')?.objects ?? []);
  return run
    .flatMap(({ closure }) => closure?.instances ?? [])
    .flatMap((instance) =>
      instance.fn.code.flatMap((call, id) => {
        if (call.op !== 'call' || !changing.test(call.spelling.at(-1) ?? '')) return [];
        const taint = call.arguments.flatMap((argument) => chosen(valueOf(instance, argument.value)))[0];
        if (taint === undefined) return [];
        const base = { ruleId: rule.id, site: siteOf(instance, id), instance, id, taint, label: 'a change that no person approves' };
        return [{ ...base, guessed: false, low: false, secret: undefined }];
      }),
    );
}

function chosen(value: Value): Value['taints'] {
  return value.taints.filter(({ source }) => source.origin === 'model');
}
