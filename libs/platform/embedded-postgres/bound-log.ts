import { copyFileSync, statSync, truncateSync } from 'node:fs';
import { limits } from '@lib/contract';

/**
 * Keeps the server's log within bounds while it runs: past the limit it is copied to `<file>.1` and cut to nothing. The server
 * appends, so it goes on at the start. Answers a function that ends the watch.
 */
export function boundLog(file: string): () => void {
  cutLog(file);
  const timer = setInterval(() => cutLog(file), limits.serverLogCheckMs);
  timer.unref();
  return () => clearInterval(timer);
}

function cutLog(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= limits.serverLogBytesMax) return;
  copyFileSync(file, `${file}.1`);
  truncateSync(file);
}
