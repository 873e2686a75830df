import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { siteOf, valueOf, type Session } from '../taint/session.ts';
import { stringsOf } from '../taint/value.ts';
import type { RuleMatch } from './match.ts';

type Call = Extract<Instruction, { op: 'call' }>;

const operations =
  /^\/(?:api\/)?(?:metrics|actuator(?:\/\w+)?|debug(?:\/.*)?|heapdump|server-status|phpinfo|env|config|status\/env|internal\/.*)\/?$/iu;
const routes: ReadonlySet<string> = new Set(['get', 'all', 'use']);
const routers = /^(?:app|router|server|api|fastify|\w*(?:app|router|server))$/iu;
const guardName =
  /auth|admin|login|session|token|jwt|passport|guard|protect|permission|role|secure|acl|allow|restrict|internal|ensure|verify|require/iu;

/** Finds pages for operators that are served to everyone: nothing on the route, nor before it in the file, asks who comes. */
export function checkOpenOperations(session: Session, rule: SastRule): readonly RuleMatch[] {
  return session.instances.flatMap((instance) =>
    instance.fn.code.flatMap((instruction, id) => {
      if (instruction.op !== 'call' || !isOpen(instance, instruction, id)) return [];
      const label = 'a page for operators that everyone may read';
      const base = { ruleId: rule.id, site: siteOf(instance, id), instance, id, taint: undefined, label };
      return [{ ...base, guessed: false, low: false, secret: undefined }];
    }),
  );
}

function isOpen(instance: Instance, call: Call, id: ValueId): boolean {
  const [path, ...handlers] = call.arguments;
  if (path === undefined || handlers.length === 0 || !routes.has(call.spelling.at(-1) ?? '')) return false;
  if (!routers.test(call.spelling.at(-2) ?? '') || !stringsOf(valueOf(instance, path.value)).some((text) => operations.test(text)))
    return false;
  if (handlers.some((handler) => isGuard(instance, handler.value))) return false;
  // `app.use(requireLogin)` before it holds for every route after.
  return !instance.fn.code.slice(0, id).some((before) => guardsAll(instance, before));
}

function guardsAll(instance: Instance, before: Instruction): boolean {
  if (before.op !== 'call' || before.spelling.at(-1) !== 'use') return false;
  const [first] = before.arguments;
  return first !== undefined && stringsOf(valueOf(instance, first.value)).length === 0 && isGuard(instance, first.value);
}

function isGuard(instance: Instance, value: ValueId): boolean {
  const made = instance.fn.code[value];
  if (made?.op === 'call' && made.arguments.some((argument) => isGuard(instance, argument.value))) return true;
  const functions = valueOf(instance, value).objects.map((object) => object.closure?.fn.name ?? '');
  return [...(made === undefined ? [] : namesOf(made)), ...functions].some((name) => guardName.test(name));
}

/** The names by which a handler is reached. */
function namesOf(made: Instruction): readonly string[] {
  switch (made.op) {
    case 'call':
      return made.spelling;
    case 'load':
      return 'name' in made.key ? [made.key.name] : [];
    case 'import':
      return [made.name, made.specifier.split('/').at(-1) ?? ''];
    case 'global':
      return [made.name];
    default:
      return [];
  }
}
