import { problemSchema, type Problem } from '@lib/contract';
import type { z } from 'zod';

/** An answer that is not a success. `problem.code` is stable; `status` 0 means that no answer came. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly status: number;
  readonly problem: Problem | undefined;

  constructor(status: number, problem: Problem | undefined) {
    super(problem?.detail ?? problem?.title ?? (status === 0 ? 'The server cannot be reached.' : `The server answered ${String(status)}.`));
    this.status = status;
    this.problem = problem;
  }
}

/** Reads one resource and checks that it is what the contract says. Errors: `ApiFailure`. */
export async function read<T>(path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T> {
  const answer = await send(path, signal === undefined ? {} : { signal });
  return schema.parse(await answer.json());
}

/** Changes something. `key` makes a repeated click one effect. Answers nothing when the schema is left out. Errors: `ApiFailure`. */
export async function change<T>(
  method: 'POST' | 'DELETE',
  path: string,
  options: {
    readonly body?: unknown;
    readonly schema?: z.ZodType<T>;
    readonly key?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<T | undefined> {
  const answer = await send(path, {
    method,
    headers: {
      'x-aegis-request': '1',
      ...options.headers,
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  return options.schema === undefined ? undefined : options.schema.parse(await answer.json());
}

/** Uploads a file as it is; the server sees by its bytes what it is. Errors: `ApiFailure`. */
export async function upload<T>(path: string, file: File, schema: z.ZodType<T>): Promise<T> {
  const headers = { 'x-aegis-request': '1', 'content-type': 'application/x-tar' };
  const answer = await send(path, { method: 'POST', headers, body: file });
  return schema.parse(await answer.json());
}

async function send(path: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(path, { credentials: 'same-origin', ...init }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiFailure(0, undefined);
  });
  if (answer.ok) return answer;
  const body: unknown = await answer.json().catch(() => undefined);
  throw new ApiFailure(answer.status, problemSchema.safeParse(body).data);
}
