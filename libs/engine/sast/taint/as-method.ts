import type { Instruction } from '../ir/instruction.ts';

type Call = Extract<Instruction, { op: 'call' }>;

/** Tests of texts by the names that other languages have for them. */
const methods: ReadonlyMap<string, string> = new Map([
  ['startswith', 'startsWith'],
  ['is_relative_to', 'startsWith'],
]);

/** Functions of a package that take the text first. */
const functions: ReadonlyMap<string, string> = new Map([
  ['strings.HasPrefix', 'startsWith'],
  ['strings.Contains', 'includes'],
]);

/** A test in the form that JavaScript gives it: a method of the text that is tested. */
export function asMethod(call: Call): Call {
  const name = call.spelling.at(-1) ?? '';
  const method = methods.get(name);
  if (method !== undefined) return { ...call, spelling: [...call.spelling.slice(0, -1), method] };
  const known = functions.get(call.spelling.slice(-2).join('.'));
  const [subject, ...rest] = call.arguments;
  return known === undefined || subject === undefined ? call : { ...call, receiver: subject.value, arguments: rest, spelling: [known] };
}
