import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import { valueOf, type Session } from '../taint/session.ts';
import { stringsOf } from '../taint/value.ts';
import { matchAt } from './match-at.ts';
import type { RuleMatch } from './match.ts';

const forAdministrators = /(?:^|\/)(?:admin(?:istration|istrator)?|back-?office)(?:$|\/)/iu;
const forDevelopers = /(?:^|[/-])(?:debug(?:ger)?|sandbox|playground|dev-?tools|test-?page|staging)(?:$|[/-])/iu;
const pages: readonly string[] = ['component', 'loadChildren', 'loadComponent'];
const guards: readonly string[] = ['canActivate', 'canActivateChild', 'canMatch', 'canLoad'];

/**
 * Finds pages of a client that not every visitor is meant to have: for developers and without a guard; or for administrators and in the very
 * program that every visitor loads, where a guard keeps nobody from reading it.
 */
export function checkClientRoutes(session: Session, rule: SastRule): readonly RuleMatch[] {
  return session.instances.flatMap((instance) => {
    const { code } = instance.fn;
    return code.flatMap((instruction, id) => {
      if (instruction.op !== 'store' || !isKey(instruction, ['path'])) return [];
      const texts = stringsOf(valueOf(instance, instruction.value));
      const has = (names: readonly string[]): boolean => hasKey(code, instruction.object, names);
      if (texts.some((text) => forAdministrators.test(text)) && has(['component']))
        return [matchAt(rule, instance, { id, label: 'a page for administrators in the program that every visitor loads' })];
      if (texts.some((text) => forDevelopers.test(text)) && has(pages) && !has(guards))
        return [matchAt(rule, instance, { id, label: 'a page for developers without a guard' })];
      return [];
    });
  });
}

function isKey(store: Extract<Instruction, { op: 'store' }>, names: readonly string[]): boolean {
  return 'name' in store.key && names.includes(store.key.name);
}

function hasKey(code: readonly Instruction[], object: ValueId, names: readonly string[]): boolean {
  return code.some((other) => other.op === 'store' && other.object === object && isKey(other, names));
}
