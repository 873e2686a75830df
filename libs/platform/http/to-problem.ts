import type { Problem } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { problemKind } from './problem-table.ts';

/** A refusal on its way out: thrown at the rim, caught by the filter. `errors` name members of the request, never its values. */
export class RefusedCall extends Error {
  override readonly name = 'RefusedCall';
  readonly code: string;
  readonly errors: Problem['errors'];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: string, more: { readonly errors?: Problem['errors']; readonly retryAfterSeconds?: number } = {}) {
    super(code);
    this.code = code;
    this.errors = more.errors;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

/** A problem ready to be sent. `fault` is set when an operator should read about it. */
export type OutgoingProblem = {
  readonly problem: Problem;
  readonly retryAfterSeconds: number | undefined;
  readonly fault: boolean;
};

/** Turns whatever was thrown into an error answer; what is not in the table becomes `http.internal`. Source: RFC 9457. */
export function toProblem(error: unknown, requestId: string): OutgoingProblem {
  const code = codeOf(error);
  const kind = problemKind(code);
  if (kind === undefined) return toProblem(new RefusedCall('http.internal'), requestId);
  const errors = error instanceof RefusedCall ? error.errors : undefined;
  const problem: Problem = {
    type: `urn:aegis:problem:${code}`,
    title: kind.title,
    status: kind.status,
    code,
    ...(error instanceof Fault && kind.status < 500 ? { detail: error.publicText } : {}),
    requestId,
    ...(errors === undefined ? {} : { errors }),
  };
  const retryAfterSeconds = error instanceof RefusedCall ? (error.retryAfterSeconds ?? kind.retryAfterSeconds) : kind.retryAfterSeconds;
  return { problem, retryAfterSeconds, fault: kind.status >= 500 };
}

const frameworkCodes: ReadonlyMap<string, string> = new Map([
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'http.media_type_unsupported'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'http.body_too_large'],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', 'http.body_not_json'],
  ['FST_ERR_CTP_INVALID_JSON_BODY', 'http.body_not_json'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'http.request_invalid'],
  ['FST_ERR_BAD_URL', 'http.url_invalid'],
  ['FST_ERR_MAX_PARAM_LENGTH', 'http.url_too_long'],
]);

function codeOf(error: unknown): string {
  if (error instanceof RefusedCall || error instanceof Fault) return error.code;
  if (error instanceof SyntaxError && statusOf(error) === 400) return 'http.body_not_json';
  const named = error instanceof Error && 'code' in error && typeof error.code === 'string' ? frameworkCodes.get(error.code) : undefined;
  return named ?? 'http.internal';
}

function statusOf(error: Error): number | undefined {
  return 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined;
}
