import { useRef, useState } from 'react';
import type { LogQuestion, LogVerdict } from './check-log.ts';
import workerAddress from './log-check.worker.ts?worker&url';
import type { LogMessage } from './log-check.worker.ts';
import { startWorker } from './start-worker.ts';

/** How far a check in this browser is. */
export type LogCheckState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly done: number; readonly size: number }
  | { readonly kind: 'done'; readonly verdict: LogVerdict }
  | { readonly kind: 'failed'; readonly reason: string };

/** Checks the log in a worker, so that the page stays alive. `onVerdict` comes once for each start that ends with one. */
export function useLogCheck(onVerdict: (verdict: LogVerdict, question: LogQuestion) => void) {
  const [state, setState] = useState<LogCheckState>({ kind: 'idle' });
  const running = useRef<Worker>(null);
  const start = async (asked: Promise<LogQuestion>): Promise<void> => {
    running.current?.terminate();
    setState({ kind: 'running', done: 0, size: 0 });
    const question = await asked.catch((error: unknown) => {
      setState({ kind: 'failed', reason: error instanceof Error ? error.message : 'unknown' });
    });
    if (question === undefined) return;
    const worker = startWorker(workerAddress);
    running.current = worker;
    worker.addEventListener('error', () => setState({ kind: 'failed', reason: 'The check could not be started.' }));
    worker.addEventListener('message', ({ data }: MessageEvent<LogMessage>) => {
      if (data.kind === 'progress') {
        setState({ kind: 'running', done: data.done, size: data.size });
        return;
      }
      worker.terminate();
      setState(data.kind === 'failed' ? data : { kind: 'done', verdict: data.verdict });
      if (data.kind === 'verdict') onVerdict(data.verdict, question);
    });
    worker.postMessage(question);
  };
  return { state, start };
}
