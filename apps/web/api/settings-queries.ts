import {
  elevationSchema,
  getAccessRule,
  getIsolationResult,
  getSso,
  listAccessReads,
  listCiTrusts,
  listInvitations,
  listPasskeys,
  listSessions,
  memberSchema,
  pageOf,
  tokenSchema,
} from '@lib/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { read } from './request.ts';

const more = (cursor: string): string => (cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`);

/** Members, oldest first, page by page. */
export const membersQuery = infiniteQueryOptions({
  queryKey: ['members'],
  queryFn: ({ pageParam, signal }) => read(`/v1/members?limit=100${more(pageParam)}`, pageOf(memberSchema), signal),
  initialPageParam: '',
  getNextPageParam: (page) => page.nextCursor,
});

/** Invitations that wait. */
export const invitationsQuery = queryOptions({
  queryKey: ['invitations'],
  queryFn: ({ signal }) => read('/v1/invitations', listInvitations.answers[200].schema, signal),
});

/** One's own passkeys. */
export const passkeysQuery = queryOptions({
  queryKey: ['passkeys'],
  queryFn: ({ signal }) => read('/v1/passkeys', listPasskeys.answers[200].schema, signal),
});

/** One's own live sessions. */
export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => read('/v1/sessions', listSessions.answers[200].schema, signal),
});

/** The company's own provider. */
export const ssoQuery = queryOptions({
  queryKey: ['sso'],
  queryFn: ({ signal }) => read('/v1/sso', getSso.answers[200].schema, signal),
});

/** Which workflows are trusted. */
export const ciTrustsQuery = queryOptions({
  queryKey: ['ci'],
  queryFn: ({ signal }) => read('/v1/ci/trusts', listCiTrusts.answers[200].schema, signal),
});

/** API tokens, newest first, page by page. */
export const tokensQuery = infiniteQueryOptions({
  queryKey: ['tokens'],
  queryFn: ({ pageParam, signal }) => read(`/v1/tokens?limit=100${more(pageParam)}`, pageOf(tokenSchema), signal),
  initialPageParam: '',
  getNextPageParam: (page) => page.nextCursor,
});

const accessEveryMs = 5000; // how late the owner may see that somebody of the operator can read

/** Who of the operator's staff asked to reach this tenant, newest first, page by page. */
export const accessQuery = infiniteQueryOptions({
  queryKey: ['access', 'list'],
  queryFn: ({ pageParam, signal }) => read(`/v1/access?limit=20${more(pageParam)}`, pageOf(elevationSchema), signal),
  initialPageParam: '',
  getNextPageParam: (page) => page.nextCursor,
  refetchInterval: accessEveryMs,
});

/** The newest of them, for the notice above every page. */
export const accessNoticeQuery = queryOptions({
  queryKey: ['access', 'notice'],
  queryFn: ({ signal }) => read('/v1/access?limit=20', pageOf(elevationSchema), signal),
  refetchInterval: accessEveryMs,
});

/** What was read by one of them; read again when the number moves. */
export function accessReadsQuery(elevationId: string, reads: number) {
  return queryOptions({
    queryKey: ['access', 'reads', elevationId, reads],
    queryFn: ({ signal }) => read(`/v1/access/${elevationId}/reads`, listAccessReads.answers[200].schema, signal),
  });
}

/** Whether one of the tenant's own people must agree. */
export const accessRuleQuery = queryOptions({
  queryKey: ['access', 'rule'],
  queryFn: ({ signal }) => read('/v1/access-rule', getAccessRule.answers[200].schema, signal),
});

/** The newest signed result of the isolation probe; that there is none yet is no failure to try again. */
export const isolationQuery = queryOptions({
  queryKey: ['isolation'],
  queryFn: ({ signal }) => read('/v1/isolation/probe', getIsolationResult.answers[200].schema, signal),
  retry: false,
});
