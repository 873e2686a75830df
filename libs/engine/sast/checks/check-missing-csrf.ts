import type { Instruction } from '../ir/instruction.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { valueOf, type Session } from '../taint/session.ts';
import { matchAt } from './match-at.ts';
import type { RuleMatch } from './match.ts';

const protection = /csrf|csurf|xsrf|lusca|sameSite/iu;
const sessions = /^(?:express-session|cookie-session|client-sessions|cookie-parser)$/u;
const changes: ReadonlySet<string> = new Set(['post', 'put', 'patch', 'delete']);
const routers = /^(?:\w*app|\w*router|route)$/iu;

/** Finds applications that know their users by a cookie, change state on request, and nowhere ask whether the page that asks is their own. */
export function checkMissingCsrf(session: Session, rule: SastRule): readonly RuleMatch[] {
  const { instances } = session;
  if (!instances.some(({ fn }) => fn.code.some(isChange))) return [];
  if (instances.some(({ fn }) => fn.code.some((made) => made.op === 'import' && protection.test(made.specifier)))) return [];
  return instances.flatMap((instance) => {
    const uses = instance.fn.code.flatMap((instruction, id) => (isSession(instance, instruction) ? [id] : []));
    if (uses.length === 0 || instances.some(({ unit, fn }) => unit === instance.unit && fn.code.some(protects))) return [];
    const label = 'a session by cookie without a check of where a request comes from';
    return uses.map((id) => matchAt(rule, instance, { id, label }));
  });
}

function isSession(instance: Instance, instruction: Instruction): boolean {
  if (instruction.op !== 'call' || instruction.spelling.at(-1) !== 'use') return false;
  return instruction.arguments.some(({ value }) => {
    const made = instance.fn.code[value];
    return made?.op === 'call' && valueOf(instance, made.callee).states.some(({ name }) => sessions.test(name));
  });
}

function isChange(instruction: Instruction): boolean {
  return instruction.op === 'call' && changes.has(instruction.spelling.at(-1) ?? '') && routers.test(instruction.spelling.at(-2) ?? '');
}

/** Something that is called or set says by its name that it is meant against this. */
function protects(instruction: Instruction): boolean {
  switch (instruction.op) {
    case 'constant':
      return typeof instruction.value === 'string' && protection.test(instruction.value);
    case 'call':
      return instruction.spelling.some((name) => protection.test(name));
    case 'store':
      return 'name' in instruction.key && protection.test(instruction.key.name);
    default:
      return false;
  }
}
