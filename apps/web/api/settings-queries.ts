import { listInvitations, listPasskeys, listSessions, memberSchema, pageOf, tokenSchema } from '@lib/contract';
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

/** API tokens, newest first, page by page. */
export const tokensQuery = infiniteQueryOptions({
  queryKey: ['tokens'],
  queryFn: ({ pageParam, signal }) => read(`/v1/tokens?limit=100${more(pageParam)}`, pageOf(tokenSchema), signal),
  initialPageParam: '',
  getNextPageParam: (page) => page.nextCursor,
});
