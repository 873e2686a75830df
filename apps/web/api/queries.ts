import {
  auditEntrySchema,
  auditHeadSchema,
  findingDetailSchema,
  listFindings,
  pageOf,
  repositorySchema,
  scanDetailSchema,
  scanSchema,
  tenantSchema,
} from '@lib/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { read } from './request.ts';

/** Filters of the findings list, as they stand in the address. */
export type FindingFilters = Readonly<
  Partial<Record<'severity' | 'analyzer' | 'state' | 'repositoryId' | 'scanId' | 'path' | 'ruleId', string | undefined>>
>;

/** Who is signed in. */
export const tenantQuery = queryOptions({
  queryKey: ['tenant'],
  queryFn: ({ signal }) => read('/v1/tenant', tenantSchema, signal),
  staleTime: Infinity,
});

/** Connected repositories; one page is enough for the filter and the button. */
export const repositoriesQuery = queryOptions({
  queryKey: ['repositories'],
  queryFn: ({ signal }) => read('/v1/repositories?limit=200', pageOf(repositorySchema), signal),
});

/** Scans, newest first, page by page. */
export const scansQuery = infiniteQueryOptions({
  queryKey: ['scans'],
  queryFn: ({ pageParam, signal }) => read(address('/v1/scans', { limit: '50', cursor: pageParam }), pageOf(scanSchema), signal),
  initialPageParam: '',
  getNextPageParam: (page) => page.nextCursor,
});

/** One scan with its certificate and evidence. */
export function scanQuery(scanId: string) {
  return queryOptions({ queryKey: ['scan', scanId], queryFn: ({ signal }) => read(`/v1/scans/${scanId}`, scanDetailSchema, signal) });
}

/** Findings, worst first, page by page; filtered on the server. */
export function findingsQuery(filters: FindingFilters) {
  return infiniteQueryOptions({
    queryKey: ['findings', filters],
    queryFn: ({ pageParam, signal }) =>
      read(address('/v1/findings', { ...filters, limit: '100', cursor: pageParam }), listFindings.answers[200].schema, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
  });
}

/** One finding; its evidence is read back and verified for this answer. */
export function findingQuery(findingId: string) {
  return queryOptions({
    queryKey: ['finding', findingId],
    queryFn: ({ signal }) => read(`/v1/findings/${findingId}`, findingDetailSchema, signal),
  });
}

/** The signed head of the audit log. */
export const auditHeadQuery = queryOptions({
  queryKey: ['audit', 'head'],
  queryFn: ({ signal }) => read('/v1/audit/head', auditHeadSchema, signal),
});

/** Audit entries, newest first, page by page. */
export const auditEntriesQuery = infiniteQueryOptions({
  queryKey: ['audit', 'entries'],
  queryFn: ({ pageParam, signal }) =>
    read(address('/v1/audit/entries', { limit: '50', cursor: pageParam }), pageOf(auditEntrySchema), signal),
  initialPageParam: '',
  getNextPageParam: (page) => page.nextCursor,
});

function address(path: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined && value !== '') query.set(name, value);
  return `${path}?${query.toString()}`;
}
