import '../zod-without-eval.ts';
import { readAuditLog } from '@lib/contract';
import { read } from '../api/request.ts';
import { checkLog, type LogQuestion, type LogVerdict } from './check-log.ts';

/** What the page is told. */
export type LogMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly size: number }
  | { readonly kind: 'verdict'; readonly verdict: LogVerdict }
  | { readonly kind: 'failed'; readonly reason: string };

const tell = (message: LogMessage): void => {
  self.postMessage(message);
};

self.addEventListener('message', (event: MessageEvent<LogQuestion>) => {
  checkLog(event.data, {
    readPage: async (from) => (await read(`/v1/audit/log?from=${String(from)}`, readAuditLog.answers[200].schema)).items,
    onProgress: (done, size) => tell({ kind: 'progress', done, size }),
  }).then(
    (verdict) => tell({ kind: 'verdict', verdict }),
    (error: unknown) => tell({ kind: 'failed', reason: error instanceof Error ? error.message : 'unknown' }),
  );
});
