import type { ValueId } from '../ir/instruction.ts';
import type { IrFunction, IrModule } from '../ir/module.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { baseOf } from '../taint/relation.ts';
import { siteOf, valueOf, type Session } from '../taint/session.ts';
import type { Taint } from '../taint/taint.ts';
import type { Value } from '../taint/value.ts';
import type { RuleMatch } from './match.ts';

/** Whose data must not be in the page. */
export type PageCheck = { readonly rule: SastRule; readonly origins: readonly string[] };

/** Finds handlers that give back a text as the page: what they return is sent as markup, though nothing is called that says so. */
export function checkReturnedPages(session: Session, { rule, origins }: PageCheck): readonly RuleMatch[] {
  return session.instances.flatMap((instance) => {
    if (!answersWithPage(instance)) return [];
    return instance.fn.code.flatMap((instruction, id) => {
      if (instruction.op !== 'return' || isAnswer(instance, instruction.value)) return [];
      const taint = markup({ session, instance, origins }, valueOf(instance, instruction.value));
      if (taint === undefined) return [];
      const base = { ruleId: rule.id, site: siteOf(instance, id), instance, id, taint, label: 'the page that is sent' };
      return [{ ...base, guessed: taint.guessed, low: false, secret: undefined }];
    });
  });
}

/** What is given back was made by something out of sight, which knows what it sends. */
function isAnswer({ fn }: Instance, value: ValueId): boolean {
  const made = fn.code[baseOf(fn.code, value)];
  return made?.op === 'call' && /response|redirect|render|jsonify|json/iu.test(made.spelling.at(-1) ?? '');
}

function answersWithPage({ fn, unit }: Instance): boolean {
  if (unit.module.language === 'python') return answersInPython(fn, unit.module);
  return unit.module.language === 'java' && answersInJava(fn);
}

const routes: ReadonlySet<string> = new Set(['py:route', 'py:get', 'py:post', 'py:put', 'py:delete', 'py:patch']);
const textual = /^py:(?:flask|quart|bottle)(?:\.|$)/u;

/** Flask and its like send texts as pages; FastAPI where the route says so. */
function answersInPython(fn: IrFunction, module: IrModule): boolean {
  const route = fn.decorators.find(({ name }) => routes.has(name));
  if (route === undefined) return false;
  if (/response_class\s*=\s*[\w.]*HTMLResponse/u.test(route.argument ?? '')) return true;
  return module.functions[0]?.code.some((made) => made.op === 'import' && textual.test(made.specifier)) === true;
}

const mappings = /^(?:Request|Get|Post|Put|Delete|Patch)Mapping$/u;
const verbs = /^(?:GET|POST|PUT|DELETE|PATCH)$/u;

/** Spring sends texts as pages to browsers, unless the method says what it produces. */
function answersInJava({ decorators, returnType = '' }: IrFunction): boolean {
  if (!/^(?:ResponseEntity<)?String>?$/u.test(returnType)) return false;
  const produced = decorators.find(({ name }) => name === 'Produces')?.argument ?? '';
  if (decorators.some(({ name }) => verbs.test(name)) && /html/iu.test(produced)) return true;
  const mapping = decorators.find(({ name }) => mappings.test(name));
  if (mapping === undefined || !decorators.some(({ name }) => name === 'RestController' || name === 'ResponseBody')) return false;
  const settings = mapping.argument ?? '';
  return !settings.includes('produces') || /html/iu.test(settings);
}

type Asked = { readonly session: Session; readonly instance: Instance; readonly origins: readonly string[] };

/** Data in a text, or in the first part of `text, status`. What is told of an exception needs no markup to do harm. */
function markup({ session, instance, origins }: Asked, value: Value): Taint | undefined {
  const isTold = !origins.includes('request');
  const html = isTold ? 0 : (session.models.bits.get('html') ?? 0);
  const part = instance.unit.module.language === 'python' && !isTold ? session.models.partialBit : 0;
  const first = value.objects.filter(({ kind }) => kind === 'array').flatMap((object) => object.fields.get('0')?.taints ?? []);
  return [...value.taints, ...first].find(
    ({ source, safe, guessed }) => origins.includes(source.origin) && !guessed && (safe & html) === 0 && (safe & part) === part,
  );
}
