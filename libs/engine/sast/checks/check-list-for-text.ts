import type { Instruction } from '../ir/instruction.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import { siteOf, valueOf, type Session } from '../taint/session.ts';
import { onlyConstant } from '../taint/value.ts';
import type { Instance } from '../taint/instance.ts';
import type { RuleMatch } from './match.ts';

type Call = Extract<Instruction, { op: 'call' }>;

/** Methods that texts and lists both have, with different meanings. */
const shared: ReadonlySet<string> = new Set(['indexOf', 'lastIndexOf', 'includes', 'concat']);
const mayRepeat = /query string|request body/u;

/** Finds questions to a parameter that is taken for a text, where a request that gives it twice makes it a list. */
export function checkListsForTexts(session: Session, rule: SastRule): readonly RuleMatch[] {
  const { textBits, everyKind } = session.models;
  const noText = everyKind & ~textBits;
  return session.instances.flatMap((instance) =>
    instance.fn.code.flatMap((made, id) => {
      if (made.op !== 'call' || made.receiver === undefined || !shared.has(made.spelling.at(-1) ?? '') || isAtStart(instance, id))
        return [];
      const receiver = valueOf(instance, made.receiver);
      if (receiver.objects.length > 0 || isElementTest(instance, made)) return [];
      const taint = receiver.taints.find(
        ({ source, safe, guessed }) =>
          source.origin === 'request' && !guessed && (safe & textBits) === 0 && (safe & noText) !== noText && mayRepeat.test(source.label),
      );
      if (taint === undefined) return [];
      const base = {
        ruleId: rule.id,
        site: siteOf(instance, id),
        instance,
        id,
        taint,
        label: `\`.${made.spelling.at(-1) ?? ''}()\` of a text`,
      };
      return [{ ...base, guessed: false, low: false, secret: undefined }];
    }),
  );
}

/** `x.indexOf(start) === 0` means the same of both. */
function isAtStart({ fn, values }: Instance, id: number): boolean {
  return fn.code.some((made) => {
    if (made.op !== 'binary' || !/^[!=]==?$/u.test(made.operator) || made.left !== id) return false;
    const right = values[made.right];
    return right !== undefined && onlyConstant(right)?.value === 0;
  });
}

/** A list is asked for one of its elements, by a name that says so: `ids.includes(id)`. */
function isElementTest({ fn }: Instance, call: Call): boolean {
  const name = call.spelling.at(-2) ?? '';
  return call.spelling.at(-1) !== 'concat' && (name.endsWith('s') || fn.code.some((made) => isListTest(made, call)));
}

function isListTest(made: Instruction, { receiver }: Call): boolean {
  return made.op === 'call' && made.spelling.at(-1) === 'isArray' && made.arguments.some(({ value }) => value === receiver);
}
