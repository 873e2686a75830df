import type { findingDetailSchema, listFindings } from '@lib/contract';
import { decidedStates, findingSchema, type DecidedState, type FindingState } from '@lib/contract';
import { useMutation, type InfiniteData } from '@tanstack/react-query';
import type { z } from 'zod';
import { queryClient } from '../api/query-client.ts';
import { change } from '../api/request.ts';

type Page = z.infer<(typeof listFindings)['answers'][200]['schema']>;
type Detail = z.infer<typeof findingDetailSchema>;

/** A finding that somebody decides about, as it stands on the screen. */
export type Judged = { readonly id: string; readonly state: FindingState };

/** What was decided, and where it stood before. */
export type Decided = { readonly finding: Judged; readonly state: DecidedState };

/**
 * Decides about findings. The screen shows it at once and goes back to what the server has when it refuses; a decision can be taken back
 * by another one, so nothing is lost by not waiting.
 */
export function useDecide() {
  return useMutation({
    mutationFn: async ({ finding, state, comment }: Decided & { readonly comment?: string }) =>
      change('POST', `/v1/findings/${finding.id}/decision`, {
        body: { state, ...(comment === undefined ? {} : { comment }) },
        schema: findingSchema,
        key: crypto.randomUUID(),
      }),
    onMutate: async ({ finding, state }) => {
      await queryClient.cancelQueries({ queryKey: ['findings'] });
      showState(finding.id, state);
    },
    onError: (_error, { finding }) => showState(finding.id, finding.state),
    onSettled: async (_answer, _error, { finding }) => {
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: ['findings'] }),
        queryClient.invalidateQueries({ queryKey: ['finding', finding.id] }),
        queryClient.invalidateQueries({ queryKey: ['finding-acts', finding.id] }),
      ]);
    },
  });
}

/** What takes a decision back. What had come back before it was decided about is open, as it is to everybody. */
export function undoing({ finding, state }: Decided): Decided {
  const before = decidedStates.find((known) => known === finding.state) ?? 'open';
  return { finding: { id: finding.id, state }, state: before };
}

function showState(id: string, state: FindingState): void {
  queryClient.setQueriesData<InfiniteData<Page>>({ queryKey: ['findings'] }, (list) =>
    list === undefined
      ? undefined
      : {
          ...list,
          pages: list.pages.map((page) => ({ ...page, items: page.items.map((item) => (item.id === id ? { ...item, state } : item)) })),
        },
  );
  queryClient.setQueryData<Detail>(['finding', id], (finding) => (finding === undefined ? undefined : { ...finding, state }));
}
