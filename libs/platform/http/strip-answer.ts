import { Fault } from '@lib/kernel';
import type { z } from 'zod';
import type { CompiledRoute } from './compile-route.ts';

const checked = new WeakMap<object, z.ZodType>();

/**
 * Brings an answer into the shape that the contract promises; members that it does not name are dropped here.
 * Errors: Fault `http.answer_invalid`: nothing of an answer that does not fit may leave.
 */
export function stripAnswer({ schema, route }: CompiledRoute, value: unknown): unknown {
  if (schema === undefined) return undefined;
  if (typeof value === 'object' && value !== null && checked.get(value) === schema) return value;
  return parseAnswer(schema, value, route.operationId);
}

/**
 * Parses an answer by its route's own schema where it is made, for lists whose rows would otherwise be parsed twice: once by the store
 * and once on the way out, a tenth of a request's CPU each on a page of findings. The way out then takes it as it is.
 * Errors: Fault `http.answer_invalid`.
 */
export function checkAnswer<S extends z.ZodObject>(schema: S, value: unknown): z.output<S> {
  const answer = parseAnswer(schema, value, 'answer');
  checked.set(answer, schema);
  return answer;
}

function parseAnswer<S extends z.ZodType>(schema: S, value: unknown, name: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join('.')).slice(0, 3);
  throw new Fault('http.answer_invalid', { internal: `\`${name}\`: ${where.join(', ')}` });
}
