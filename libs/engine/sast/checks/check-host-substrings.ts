import type { Instruction } from '../ir/instruction.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { siteOf, valueOf, type Session } from '../taint/session.ts';
import { stringsOf } from '../taint/value.ts';
import type { RuleMatch } from './match.ts';

type Call = Extract<Instruction, { op: 'call' }>;

const address = /^(?:(?:https?:)?\/\/)?(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:\/\S*)?$/iu;
const addressName = /url|uri|href|link|host|origin|domain|referr?er|address|location|redirect|target|callback|return_?to|next|email/iu;

/** Finds tests of an address by a part that may stand anywhere in it, or that may go on into another host. */
export function checkHostSubstrings(session: Session, rule: SastRule): readonly RuleMatch[] {
  return session.instances.flatMap((instance) =>
    instance.fn.code.flatMap((instruction, id) => {
      if (instruction.op !== 'call' || !isWeakTest(instance, instruction)) return [];
      const label = 'a test that addresses of other hosts pass as well';
      const base = { ruleId: rule.id, site: siteOf(instance, id), instance, id, taint: undefined, label };
      return [{ ...base, guessed: false, low: false, secret: undefined }];
    }),
  );
}

function isWeakTest(instance: Instance, call: Call): boolean {
  const [sought, ...others] = call.arguments;
  const shape = weakTests.get(call.spelling.at(-1) ?? '');
  if (shape === undefined || sought === undefined || others.length > 0) return false;
  const texts = stringsOf(valueOf(instance, sought.value)).filter((text) => shape.test(text));
  return texts.length > 0 && (isAddress(instance, call) || (isText(instance, call) && texts.some((text) => plainAddress.test(text))));
}

/** A text that is an address whatever it is looked for in. */
const plainAddress = /^https?:\/\/|\.(?:com|net|org|edu|gov|io|dev)$/iu;

/** What is tested is no list, which would be an exact test. */
function isText(instance: Instance, call: Call): boolean {
  if (call.receiver === undefined) return false;
  const subject = valueOf(instance, call.receiver);
  return subject.objects.length === 0 && subject.open;
}

/** What is tested is a text, and its name or where it comes from says that it is an address. A list that holds the value is an exact test. */
function isAddress(instance: Instance, call: Call): boolean {
  if (call.receiver === undefined) return false;
  if (!isText(instance, call)) return false;
  const subject = valueOf(instance, call.receiver);
  return addressName.test(call.spelling.at(-2) ?? '') || subject.taints.some(({ source }) => !ownOrigins.has(source.origin));
}

/** Names of files and of members are no addresses. */
const ownOrigins: ReadonlySet<string> = new Set(['stored', 'enumerated', 'archive', 'sensitive']);

const hostEnd = /^(?!\.)(?:(?:https?:)?\/\/)?(?:[a-z0-9-]+\.)+[a-z]{2,}$/iu;
const weakTests: ReadonlyMap<string, RegExp> = new Map([
  ['includes', address],
  ['indexOf', address],
  ['startsWith', hostEnd],
  ['endsWith', hostEnd],
]);
