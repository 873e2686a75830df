import type { Writable } from 'node:stream';
import { limits } from '@lib/contract';
import type { Clock } from '@lib/kernel';
import { counter } from './counter.ts';
import { type LostLines, countLosses } from './lost-lines.ts';
import { type Log, openLog } from './open-log.ts';

/** The log of a running service, and what was dropped of it. */
export type ServiceLog = Log & { readonly service: string; readonly lost: LostLines };

/** `stream`: standard output of a process. Units: bytes. Default of `bytesMax`: `limits.telemetryBufferBytesMax`. */
type ServiceLogOptions = {
  readonly stream: Writable;
  readonly service: string;
  readonly clock: Clock;
  readonly bytesMax?: number;
};

/**
 * Opens a log whose destination may stall or fail (a reader that is stuck, a full disk) without costing more than lines: what the stream
 * has not taken yet is held up to a bound, and the newest lines past it are dropped and counted. When lines arrive again, one of them,
 * `telemetry.dropped`, says how many are missing and since when; `lost` has the same for each tenant, for its audit log.
 */
export function openServiceLog({ stream, service, clock, bytesMax = limits.telemetryBufferBytesMax }: ServiceLogOptions): ServiceLog {
  const losses = countLosses(clock);
  const lose = (line: string): void => {
    losses.lose(line);
    dropped.add(1, { service });
  };
  const arrived = (): void => {
    if (stream.writableLength > bytesMax / 2) return; // else each line that leaves lets in one more, and says so
    const ended = losses.end();
    if (ended !== undefined)
      log.warn('telemetry.dropped', { lines: ended.lines, from: instant(ended.fromMs), until: instant(ended.untilMs) });
  };
  stream.on('error', () => undefined); // each line's own callback tells
  const write = (line: string): void => {
    if (stream.writableLength + Buffer.byteLength(line) > bytesMax) {
      lose(line);
      return;
    }
    stream.write(line, (error) => {
      if (error instanceof Error) lose(line);
      else arrived();
    });
  };
  const log = openLog({ destination: { write }, service });
  return { ...log, service, lost: losses };
}

const dropped = counter('telemetry.dropped');

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
