import { Fault } from '@lib/kernel';
import type { CompiledRoute } from './compile-route.ts';

/**
 * Brings an answer into the shape that the contract promises; members that it does not name are dropped here.
 * Errors: Fault `http.answer_invalid`: nothing of an answer that does not fit may leave.
 */
export function stripAnswer(compiled: CompiledRoute, value: unknown): unknown {
  if (compiled.schema === undefined) return undefined;
  const parsed = compiled.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join('.')).slice(0, 3);
  throw new Fault('http.answer_invalid', { internal: `\`${compiled.route.operationId}\`: ${where.join(', ')}` });
}
