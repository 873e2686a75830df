import {
  auditEntrySchema,
  auditExportSchema,
  auditHeadSchema,
  findingDetailSchema,
  listFindingActs,
  listAlarms,
  listFindings,
  listSuppressions,
  pageOf,
  repositorySchema,
  scanDetailSchema,
  scanSchema,
  sinksSchema,
  tenantSchema,
  type Severity,
} from '@lib/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { queryClient } from './query-client.ts';
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

/** Where the log is streamed to; asked again while somebody looks, because streams move. */
export const sinksQuery = queryOptions({
  queryKey: ['sinks'],
  queryFn: ({ signal }) => read('/v1/audit/sinks', sinksSchema, signal),
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

/** How many findings of a severity nobody has looked at yet. */
export function openCountQuery(severity: Severity) {
  return queryOptions({
    queryKey: ['open-count', severity],
    queryFn: async ({ signal }) =>
      (await read(address('/v1/findings', { severity, state: 'open', limit: '1' }), listFindings.answers[200].schema, signal)).total,
  });
}

/** One finding; its evidence is read back and verified for this answer. */
export function findingQuery(findingId: string) {
  return queryOptions({
    queryKey: ['finding', findingId],
    queryFn: async ({ signal }) => {
      const finding = await read(`/v1/findings/${findingId}`, findingDetailSchema, signal);
      // this very read may have raised one
      if (finding.evidence.state === 'mismatch' || finding.evidence.state === 'missing') {
        await queryClient.invalidateQueries({ queryKey: alarmsQuery.queryKey });
      }
      return finding;
    },
  });
}

/** What happened to one finding, newest first, page by page. */
export function findingActsQuery(findingId: string) {
  return infiniteQueryOptions({
    queryKey: ['finding-acts', findingId],
    queryFn: ({ pageParam, signal }) =>
      read(address(`/v1/findings/${findingId}/history`, { limit: '20', cursor: pageParam }), listFindingActs.answers[200].schema, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
  });
}

/** Claims by which people keep findings quiet, newest first, page by page. */
export function suppressionsQuery(standing: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ['suppressions', standing],
    queryFn: ({ pageParam, signal }) =>
      read(address('/v1/suppressions', { standing, limit: '50', cursor: pageParam }), listSuppressions.answers[200].schema, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
  });
}

const alarmPollMs = 30_000; // an alarm that somebody else's read has raised is seen this late

/** Open alarms about stored evidence. */
export const alarmsQuery = queryOptions({
  queryKey: ['alarms'],
  queryFn: ({ signal }) => read('/v1/alarms?limit=20', listAlarms.answers[200].schema, signal),
  refetchInterval: alarmPollMs,
});

/** The signed head of the audit log. */
export const auditHeadQuery = queryOptions({
  queryKey: ['audit', 'head'],
  queryFn: ({ signal }) => read('/v1/audit/head', auditHeadSchema, signal),
});

const exportPollMs = 1_000;

/** How far an export of the audit log is. */
export function auditExportQuery(exportId: string) {
  return queryOptions({
    queryKey: ['audit', 'export', exportId],
    queryFn: ({ signal }) => read(`/v1/audit/exports/${encodeURIComponent(exportId)}`, auditExportSchema, signal),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? exportPollMs : false),
  });
}

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
