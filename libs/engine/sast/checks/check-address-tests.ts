import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { IrModule } from '../ir/module.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { valueOf, type Session } from '../taint/session.ts';
import { stringsOf } from '../taint/value.ts';
import { matchAt } from './match-at.ts';
import type { RuleMatch } from './match.ts';

/** Finds refusals of `javascript:` in a function that knows nothing of the other schemes that run code. */
export function checkSchemes(session: Session, rule: SastRule): readonly RuleMatch[] {
  return session.instances.flatMap((instance) => {
    if (!namesScript(instance.unit.module) || !speaksOfAddresses(instance)) return [];
    const known = new Set(instance.fn.code.flatMap((_, id) => schemesIn(instance, id)));
    if (!known.has('javascript') || (known.has('data') && known.has('vbscript'))) return [];
    const first = instance.fn.code.findIndex((instruction) => isSchemeTest(instance, instruction));
    const label = 'a refusal of `javascript:` that lets `data:` or `vbscript:` pass';
    return first < 0 ? [] : [matchAt(rule, instance, { id: first, label })];
  });
}

const answers = new WeakMap<IrModule, boolean>();

/** The word stands somewhere in the file: most files are done with that. */
function namesScript(module: IrModule): boolean {
  let answer = answers.get(module);
  if (answer === undefined) {
    answer = module.functions.some(({ code }) =>
      code.some((made) =>
        made.op === 'constant'
          ? typeof made.value === 'string' && /javascript/iu.test(made.value)
          : made.op === 'regexp' && /javascript/iu.test(made.pattern),
      ),
    );
    answers.set(module, answer);
  }
  return answer;
}

/** `javascript` is also the name of a language: something else in the function says that addresses are meant, or the colon stands after it. */
function speaksOfAddresses({ fn }: Instance): boolean {
  const isAddress = (name: string): boolean => addressName.test(name);
  return (
    [fn.name, ...fn.parameters.map(({ name }) => name), ...fn.variables.map(({ name }) => name)].some(isAddress) ||
    fn.code.some((made) => {
      if (made.op === 'constant') return typeof made.value === 'string' && /^javascript:/iu.test(made.value);
      if (made.op === 'regexp') return /javascript(?:\)|\|[\w|]*\))?\\?:/iu.test(made.pattern);
      if (made.op === 'load') return 'name' in made.key && isAddress(made.key.name);
      return made.op === 'call' && made.spelling.some(isAddress);
    })
  );
}

const addressName = /scheme|protocol|ur[il]\b|ur[il]s?$|href|link|src$|anchor/iu;
const scheme = /^\W*(javascript|data|vbscript):?$/iu;

function schemesIn(instance: Instance, id: ValueId): readonly string[] {
  const value = valueOf(instance, id);
  const members = value.objects.flatMap((object) => [object.element, ...object.fields.values()]);
  const patterns = value.objects.flatMap(({ regexp }) =>
    /javascript|vbscript|data/iu.test(regexp?.pattern ?? '') ? (regexp?.pattern.split(/[^a-z]+/iu) ?? []) : [],
  );
  return [...[value, ...members].flatMap(stringsOf), ...patterns].flatMap((text) => scheme.exec(text)?.[1]?.toLowerCase() ?? []);
}

const tests: ReadonlySet<string> = new Set(['startsWith', 'indexOf', 'includes', 'test', 'exec', 'match', 'search']);

function isSchemeTest(instance: Instance, instruction: Instruction): boolean {
  if (instruction.op === 'binary')
    return (
      /^[!=]==?$/u.test(instruction.operator) &&
      [instruction.left, instruction.right].some((side) => schemesIn(instance, side).includes('javascript'))
    );
  if (instruction.op !== 'call' || !tests.has(instruction.spelling.at(-1) ?? '')) return false;
  const asked = [instruction.receiver, instruction.arguments[0]?.value].filter((id) => id !== undefined);
  return asked.some((id) => schemesIn(instance, id).includes('javascript'));
}

/** Finds `x.indexOf(y) === x.length - y.length`, which holds as well when `y` is longer by one and not there at all. */
export function checkSuffixTests(session: Session, rule: SastRule): readonly RuleMatch[] {
  return session.instances.flatMap((instance) => {
    const { code } = instance.fn;
    if (code.some((instruction) => isLengthTest(code, instruction))) return [];
    return code.flatMap((instruction, id) => {
      if (instruction.op !== 'binary' || !/^[!=]==?$/u.test(instruction.operator)) return [];
      const call = code[instruction.left];
      if (
        call?.op !== 'call' ||
        !/^(?:last)?indexOf$/iu.test(call.spelling.at(-1) ?? '') ||
        !isDifference(code, instruction.right) ||
        isOneSign(instance, call)
      )
        return [];
      return [matchAt(rule, instance, { id, label: 'a test of how a text ends that a text without that end can pass' })];
    });
  });
}

/** A single sign that is looked for is held against the last place of all. */
function isOneSign(instance: Instance, call: Extract<Instruction, { op: 'call' }>): boolean {
  const sought = call.arguments[0]?.value;
  return sought !== undefined && stringsOf(valueOf(instance, sought)).some((text) => text.length === 1);
}

function isDifference(code: readonly Instruction[], id: ValueId): boolean {
  const made = code[id];
  if (made?.op !== 'binary' || made.operator !== '-') return false;
  return isLength(code, made.left) || isDifference(code, made.left);
}

function isLength(code: readonly Instruction[], id: ValueId): boolean {
  const made = code[id];
  return made?.op === 'load' && 'name' in made.key && made.key.name === 'length';
}

/** The length, or the difference, was looked at before; or that the text was found at all. */
function isLengthTest(code: readonly Instruction[], instruction: Instruction): boolean {
  if (instruction.op !== 'binary') return false;
  if (/^[<>]=?$/u.test(instruction.operator)) return true;
  const other = code[instruction.right];
  const isMissing = other?.op === 'unary' && other.operator === '-';
  return /^[!=]==?$/u.test(instruction.operator) && isMissing;
}
