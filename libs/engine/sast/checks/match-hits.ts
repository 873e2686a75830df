import type { Match, SastRule } from '../rules/rule-schema.ts';
import type { SinkHit } from '../taint/sink-hits.ts';
import { valueOf, type Session } from '../taint/session.ts';
import { isFixed, onlyConstant, stringsOf } from '../taint/value.ts';
import type { Taint } from '../taint/taint.ts';
import { isTestPath } from '../wants-path.ts';
import type { RuleMatch } from './match.ts';

/** Rules that a hit may match, by the kind of sink. */
export type RulesBySink = ReadonlyMap<string, readonly { readonly rule: SastRule; readonly match: Exclude<Match, { kind: 'check' }> }[]>;

export function rulesBySink(rules: readonly SastRule[]): RulesBySink {
  const index = new Map<string, { rule: SastRule; match: Exclude<Match, { kind: 'check' }> }[]>();
  for (const rule of rules) {
    for (const match of rule.match) {
      if (match.kind === 'check') continue;
      for (const sink of match.sinks) index.set(sink, [...(index.get(sink) ?? []), { rule, match }]);
    }
  }
  return index;
}

/** What the rules say of one hit. */
export function matchHit(session: Session, index: RulesBySink, hit: SinkHit): readonly RuleMatch[] {
  return (index.get(hit.kind) ?? []).flatMap(({ rule, match }) => {
    const found = matchOne(session, match, hit);
    if (found === undefined) return [];
    const base = { ruleId: rule.id, site: hit.site, instance: hit.instance, id: hit.id, label: hit.label, low: hit.confidence === 'low' };
    return [{ ...base, guessed: hit.guessed || (found.taint?.guessed ?? false), taint: found.taint, secret: found.secret }];
  });
}

type Found = { readonly taint: RuleMatch['taint']; readonly secret: RuleMatch['secret'] };

function matchOne(session: Session, match: Exclude<Match, { kind: 'check' }>, hit: SinkHit): Found | undefined {
  switch (match.kind) {
    case 'flow':
      return matchFlow(session, match, hit);
    case 'constant':
      return matchConstant(match, hit);
    case 'option':
      return matchOption(match, hit);
    case 'use':
      return matchUse(match, hit);
  }
}

function matchUse(match: Extract<Match, { kind: 'use' }>, hit: SinkHit): Found | undefined {
  if (match.unlessCalled !== undefined && isCalled(hit, match.unlessCalled)) return undefined;
  return match.any || (hit.value.open && !isFixed(hit.value)) ? { taint: undefined, secret: undefined } : undefined;
}

function matchFlow(session: Session, match: Extract<Match, { kind: 'flow' }>, hit: SinkHit): Found | undefined {
  const traits =
    match.traits.reduce((all, name) => all | (session.models.bits.get(name) ?? 0), 0) & ~(hit.isJoined ? session.models.partialBit : 0);
  const without = match.without.reduce((all, name) => all | (session.models.bits.get(name) ?? 0), 0);
  const labels = match.labels === undefined ? undefined : new RegExp(match.labels, 'u');
  const isMeant = ({ source, safe }: Taint): boolean =>
    match.origins.includes(source.origin) &&
    (labels?.test(source.label) ?? true) &&
    !isHarmless(session, hit.kind, safe) &&
    (safe & traits) === traits &&
    (safe & without) === 0;
  // An exception that is handed over whole is sent as data.
  if (hit.kind.startsWith('html') && hit.value.states.some(({ name }) => name === 'exception')) return undefined;
  // Where the program itself hands over markup, markup is what is wanted.
  if (hit.kind === 'dom-html:select' && stringsOf(hit.value).some((text) => text.startsWith('<'))) return undefined;
  const taint = hit.taints.find(isMeant);
  if (match.onlyIfCalled !== undefined && !isCalled(hit, match.onlyIfCalled)) return undefined;
  if (taint === undefined || (match.unlessCalled !== undefined && isCalled(hit, match.unlessCalled))) return undefined;
  return { taint, secret: undefined };
}

/** Kinds that are not harmed by a path that neither climbs nor begins at the root. */
const pathKinds: ReadonlySet<string> = new Set(['path', 'zip-entry', 'path-sent', 'path-rooted']);

function traitBit(models: Session['models'], name: string): number {
  return models.bits.get(name) ?? 0;
}

/**
 * A kind may be told apart further by a word after a colon: what makes data harmless for the kind does so for all of it. A kind without a bit of
 * its own is harmed by all data that is not harmless to every kind.
 */
function isHarmless({ models }: Session, kind: string, safe: number): boolean {
  const isWithin = (bits: number): boolean => (safe & bits) === bits;
  if (pathKinds.has(kind) && isWithin(traitBit(models, 'no-dots') | traitBit(models, 'prefixed'))) return true;
  return [kind, kind.split(':')[0] ?? kind].some((name) => isWithin(models.bits.get(name) ?? models.everyKind & ~models.textBits));
}

/** Some call of the function in hand has one of these names and a text that matches. */
function isCalled(hit: SinkHit, wanted: { readonly names: readonly string[]; readonly matches?: string | undefined }): boolean {
  const matches = wanted.matches === undefined ? undefined : new RegExp(wanted.matches, 'iu');
  return hit.instance.fn.code.some(
    (instruction) =>
      instruction.op === 'call' &&
      wanted.names.includes(instruction.spelling.at(-1) ?? '') &&
      (matches === undefined || instruction.arguments.some((argument) => mentions(hit, argument.value, matches))),
  );
}

function mentions(hit: SinkHit, id: number, matches: RegExp): boolean {
  const value = valueOf(hit.instance, id);
  const members = value.objects.flatMap((object) => [...object.fields.values()].flatMap((member) => stringsOf(member)));
  return [...stringsOf(value), ...members].some((text) => matches.test(text));
}

function matchConstant(match: Extract<Match, { kind: 'constant' }>, hit: SinkHit): Found | undefined {
  const pattern = match.pattern === undefined ? undefined : new RegExp(match.pattern, 'iu');
  const except = match.except === undefined ? undefined : new RegExp(match.except, 'iu');
  const constant = hit.value.constants.find(({ value, site }) => {
    // What tests hand over stands for a secret.
    if (match.isSecret && isTestPath(site.path)) return false;
    if (typeof value === 'string' && except?.test(value) === true) return false;
    if (match.values?.some((wanted) => wanted === value) === true) return true;
    return typeof value === 'string' && pattern?.test(value) === true;
  });
  if (constant === undefined || (match.onlyIfCalled !== undefined && !isCalled(hit, match.onlyIfCalled))) return undefined;
  return { taint: undefined, secret: match.isSecret ? constant.site : undefined };
}

/** The options are in sight and one that is required is missing or turned off. */
function matchOption(match: Extract<Match, { kind: 'option' }>, hit: SinkHit): Found | undefined {
  const { value } = hit;
  if (match.named !== undefined) {
    const names = stringsOf(hit.args[0] ?? value);
    if (names.length > 0 && !names.some((name) => new RegExp(match.named ?? '', 'iu').test(name))) return undefined;
  }
  const given = value.objects.filter((object) => object.kind === 'plain');
  const isAbsent = !value.open && given.length === 0;
  if (isAbsent) return match.whenGiven ? undefined : { taint: undefined, secret: undefined };
  if (value.states.length > 0 || given.length === 0 || given.some((object) => object.mixed)) return undefined;
  const lacks = match.required.some((name) =>
    given.some((object) => {
      const setting = object.fields.get(name);
      if (setting === undefined) return object.element.constants.length === 0 && !object.element.open;
      const only = onlyConstant(setting);
      return only !== undefined && !Boolean(only.value);
    }),
  );
  return lacks ? { taint: undefined, secret: undefined } : undefined;
}
