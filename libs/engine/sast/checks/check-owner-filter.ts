import type { IrFunction } from '../ir/module.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import type { Session } from '../taint/session.ts';
import type { SinkHit } from '../taint/sink-hits.ts';
import { fetchedBy, isCheckedAfter, isConstrained } from './check-tenant-filter.ts';
import type { RuleMatch } from './match.ts';

const changing = /^(?:update|delete|destroy|remove|findByIdAnd|findOneAnd|replace)/u;
const identity = /^(?:user|userId|currentUser|session|auth|authenticatedUsers?|principal|account)$/u;

/**
 * Finds records that are changed by an identifier of the request alone in a function that knows who asks. Whether the record is theirs may be
 * checked elsewhere, so this is a hint and no more.
 */
export function checkOwnerFilter(session: Session, rule: SastRule, hits: readonly SinkHit[]): readonly RuleMatch[] {
  return hits.flatMap((hit) => {
    const { fn } = hit.instance;
    if (hit.kind !== 'record-query' || !changes(hit) || !knowsWho(fn)) return [];
    const taint = fetchedBy(session, hit);
    if (taint === undefined || isConstrained(hit) || isCheckedAfter(fn)) return [];
    const label = 'a change of a record that names no owner';
    const base = { ruleId: rule.id, site: hit.site, instance: hit.instance, id: hit.id, taint, label };
    return [{ ...base, guessed: hit.guessed, low: hit.confidence === 'low', secret: undefined }];
  });
}

function changes({ instance, id }: SinkHit): boolean {
  const call = instance.fn.code[id];
  return call?.op === 'call' && changing.test(call.spelling.at(-1) ?? '');
}

function knowsWho(fn: IrFunction): boolean {
  return fn.code.some((instruction) => instruction.op === 'load' && 'name' in instruction.key && identity.test(instruction.key.name));
}
