import type { SastRule } from '../rules/rule-schema.ts';
import type { IrFunction, IrModule } from '../ir/module.ts';
import type { AbstractObject } from '../taint/abstract-object.ts';
import { deepTaints } from '../taint/members.ts';
import type { Session } from '../taint/session.ts';
import type { SinkHit } from '../taint/sink-hits.ts';
import type { Taint } from '../taint/taint.ts';
import { onlyConstant, stringsOf } from '../taint/value.ts';
import type { RuleMatch } from './match.ts';

/** Names by which programs keep customers apart. */
const tenantName = /(?:tenant|organi[sz]ation|org|workspace)_?id$/iu;
const tenantText = /\b(?:tenant|organi[sz]ation|org|workspace)_?id\b/iu;
const ownerText = /\b(?:owner|user|created_?by|author|member)(?:_?id)?\b/iu;
const recordText = /\bwhere\b[^;]*\b(?:\w+_)?id\s*=/iu;
const ownerName = /^(?:owner|user|author|created_?by|member)(?:_?id)?$/iu;
const membersDown = 3; // where clauses nest: { where: { AND: [{ id }] } }

/** Finds records that are fetched by an identifier from the request alone, in a file that keeps customers apart elsewhere. */
export function checkTenantFilter(session: Session, rule: SastRule, hits: readonly SinkHit[]): readonly RuleMatch[] {
  return hits.flatMap((hit) => {
    if ((hit.kind !== 'record-query' && hit.kind !== 'sql-query') || !knowsTenants(hit.instance.unit.module)) return [];
    const taint = fetchedBy(session, hit);
    if (taint === undefined || isConstrained(hit) || isCheckedAfter(hit.instance.fn)) return [];
    const label = 'a query by an identifier of the request that names no tenant';
    return [
      {
        ruleId: rule.id,
        site: hit.site,
        instance: hit.instance,
        id: hit.id,
        taint,
        label,
        guessed: hit.guessed,
        low: hit.confidence === 'low',
        secret: undefined,
      },
    ];
  });
}

export function fetchedBy(session: Session, hit: SinkHit): Taint | undefined {
  const activation = { session, instance: hit.instance, at: hit.id };
  const taint = hit.args
    .flatMap((value) => deepTaints(activation, value, membersDown))
    .find((candidate) => candidate.source.origin === 'request');
  if (hit.kind !== 'sql-query') return taint;
  const [statement] = hit.args;
  const texts =
    statement === undefined
      ? []
      : [statement, ...statement.objects.flatMap((object) => object.fields.get('text') ?? [])].flatMap(stringsOf);
  return texts.some((text) => recordText.test(text) && !tenantText.test(text) && !ownerText.test(text)) ? taint : undefined;
}

/** Some member of the query names a tenant or an owner. */
export function isConstrained(hit: SinkHit): boolean {
  return hit.args.some((value) => value.objects.some((object) => namesTenant(object, membersDown)));
}

function namesTenant(object: AbstractObject, depth: number): boolean {
  if (object.mixed) return true;
  for (const [key, value] of object.fields) {
    if (tenantName.test(key) || /^(?:tenant|organization|workspace|account)$/iu.test(key) || ownerName.test(key)) return true;
    if (key === 'text' && onlyConstant(value) === undefined && value.open) return true;
    if (depth > 0 && value.objects.some((inner) => namesTenant(inner, depth - 1))) return true;
  }
  return depth > 0 && object.element.objects.some((inner) => namesTenant(inner, depth - 1));
}

/** The function compares the tenant or owner of what it got. */
export function isCheckedAfter(fn: IrFunction): boolean {
  const names = (id: number): boolean => {
    const made = fn.code[id];
    return made?.op === 'load' && 'name' in made.key && (tenantName.test(made.key.name) || ownerName.test(made.key.name));
  };
  return fn.code.some(
    (instruction) =>
      instruction.op === 'binary' && /^[!=]==?$/u.test(instruction.operator) && (names(instruction.left) || names(instruction.right)),
  );
}

const answers = new WeakMap<IrModule, boolean>();

/** The file speaks of tenants anywhere: in a member, a variable or a query. */
function knowsTenants(module: IrModule): boolean {
  let answer = answers.get(module);
  if (answer === undefined) {
    answer = module.functions.some(speaksOfTenants);
    answers.set(module, answer);
  }
  return answer;
}

function speaksOfTenants(fn: IrFunction): boolean {
  return (
    fn.variables.some((variable) => tenantName.test(variable.name)) ||
    fn.code.some((instruction) => {
      if (instruction.op === 'constant') return typeof instruction.value === 'string' && tenantText.test(instruction.value);
      return (
        (instruction.op === 'load' || instruction.op === 'store') && 'name' in instruction.key && tenantName.test(instruction.key.name)
      );
    })
  );
}
