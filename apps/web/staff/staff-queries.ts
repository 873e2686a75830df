import { staffElevationsSchema, staffEnrolmentsSchema, staffSelfSchema } from '@lib/contract';
import { QueryClient, queryOptions } from '@tanstack/react-query';
import { ApiFailure, read } from '../api/request.ts';

const lookEveryMs = 3000; // agreements and revocations come from others

/** What this page knows. Nothing is kept beyond it: what an elevation showed goes with its end. */
export const staffQueryClient = new QueryClient({
  defaultOptions: { queries: { retry: (count, error) => !(error instanceof ApiFailure && error.status < 500) && count < 2 } },
});

/** Who is signed in. */
export const selfQuery = queryOptions({
  queryKey: ['self'],
  queryFn: ({ signal }) => read('/v1/self', staffSelfSchema, signal),
});

/** One's own elevations, and those that wait for a second person. */
export const elevationsQuery = queryOptions({
  queryKey: ['elevations'],
  queryFn: ({ signal }) => read('/v1/elevations', staffElevationsSchema, signal),
  refetchInterval: lookEveryMs,
});

/** Who waits to be let in. */
export const enrolmentsQuery = queryOptions({
  queryKey: ['enrolments'],
  queryFn: ({ signal }) => read('/v1/enrolments', staffEnrolmentsSchema, signal),
  refetchInterval: lookEveryMs,
});

/** Looks again at what somebody may have changed; not at rows of a tenant, where each look is an entry of its log. */
export const lookAgain = (): Promise<unknown> =>
  Promise.all(['self', 'elevations', 'enrolments'].map((name) => staffQueryClient.invalidateQueries({ queryKey: [name] })));
