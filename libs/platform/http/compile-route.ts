import type { Route, RouteAnswer } from '@lib/contract';
import { assert, present } from '@lib/kernel';
import type { z } from 'zod';

/** What the rim needs of a route at each request, worked out once. `address` is the path in the router's own form. */
export type CompiledRoute = {
  readonly route: Route;
  readonly address: string;
  readonly status: number;
  readonly schema: z.ZodType | undefined;
  /** Of an answer that is JSON. */
  readonly mediaType: string;
  readonly streams: boolean;
  /** The answer is a file, sent as it is made. */
  readonly sendsFile: boolean;
};

/** Works a route out. A route has exactly one answer that is not a problem. */
export function compileRoute(route: Route): CompiledRoute {
  const answers: (readonly [string, RouteAnswer])[] = Object.entries(route.answers);
  assert(answers.length === 1, 'a route has one answer that is not a problem');
  const [status, answer] = present(answers[0], 'the answer of a route');
  return {
    route,
    address: route.path.replaceAll(/\{(\w+)\}/gu, ':$1'),
    status: Number(status),
    schema: answer.schema,
    mediaType: answer.contentType ?? 'application/json',
    streams: answer.contentType === 'text/event-stream',
    sendsFile: answer.contentType === 'application/x-tar',
  };
}
