import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { valueOf, type Session } from '../taint/session.ts';
import type { SinkHit } from '../taint/sink-hits.ts';
import { nothing, stringsOf, type Value } from '../taint/value.ts';
import type { RuleMatch } from './match.ts';

/**
 * Finds cross-origin settings that let every site read answers: with credentials always, without them when they hold for a whole application.
 * A single public path that is open to all is no flaw.
 */
export function checkOpenCors(_session: Session, rule: SastRule, hits: readonly SinkHit[]): readonly RuleMatch[] {
  return hits.flatMap((hit) => {
    if (hit.kind !== 'cors-options' || !(allowsAll(hit.value) && (sendsCredentials(hit.value) || isForAll(hit)))) return [];
    const base = { ruleId: rule.id, site: hit.site, instance: hit.instance, id: hit.id, label: hit.label };
    return [{ ...base, taint: undefined, guessed: hit.guessed, low: false, secret: undefined }];
  });
}

/** No origin is named, or any is. */
function allowsAll(options: Value): boolean {
  const [given] = options.objects;
  if (given === undefined) return !options.open;
  const origin = given.fields.get('origin');
  if (origin === undefined) return !given.mixed && given.element === nothing;
  return origin.constants.some(({ value }) => value === '*' || value === true);
}

function sendsCredentials(options: Value): boolean {
  return options.objects.some((object) => object.fields.get('credentials')?.constants.some(({ value }) => value === true) === true);
}

/** The settings are handed to `use` without a path. */
function isForAll(hit: SinkHit): boolean {
  return hit.instance.fn.code.some((instruction) => {
    if (instruction.op !== 'call' || instruction.spelling.at(-1) !== 'use') return false;
    const at = instruction.arguments.findIndex((argument) => argument.value === hit.id);
    return at >= 0 && !isPath(hit.instance, instruction.arguments[0]?.value);
  });
}

function isPath(instance: Instance, id: number | undefined): boolean {
  return id !== undefined && stringsOf(valueOf(instance, id)).length > 0;
}
