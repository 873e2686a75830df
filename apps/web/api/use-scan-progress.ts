import { scanProgressSchema, type ScanProgress } from '@lib/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

/** What the live stream says. `pausedAt`: the stream is down since then, and polling goes on. */
export type LiveProgress = { readonly progress: ScanProgress | undefined; readonly pausedAt: Date | undefined };

const pollMs = 5_000;

/** Follows a scan while `live`. The browser takes a broken stream up again where it stopped; meanwhile the scan is polled. */
export function useScanProgress(scanId: string, live: boolean): LiveProgress {
  const client = useQueryClient();
  const [state, setState] = useState<LiveProgress>({ progress: undefined, pausedAt: undefined });
  useEffect(() => {
    if (!live) return undefined;
    const refresh = (): void => void client.invalidateQueries({ queryKey: ['scan', scanId] });
    const source = new EventSource(`/v1/scans/${scanId}/events`);
    source.addEventListener('progress', (event: MessageEvent<string>) => {
      const progress = parse(event.data);
      if (progress === undefined) return;
      setState({ progress, pausedAt: undefined });
      if (progress.stage !== 'done') return;
      source.close();
      refresh();
      void client.invalidateQueries({ queryKey: ['scans'] });
      void client.invalidateQueries({ queryKey: ['findings'] });
    });
    source.addEventListener('error', () => {
      setState((before) => ({ ...before, pausedAt: before.pausedAt ?? new Date() }));
      refresh();
    });
    const timer = setInterval(() => {
      if (source.readyState !== EventSource.OPEN) refresh();
    }, pollMs);
    return () => {
      source.close();
      clearInterval(timer);
    };
  }, [client, scanId, live]);
  return state;
}

function parse(data: string): ScanProgress | undefined {
  try {
    return scanProgressSchema.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}
