import { pino } from 'pino';
import type { EventName } from './event-name.ts';
import { safeFields, type LogFields } from './log-fields.ts';

/** Writes events, never sentences: a name in the past tense and plain fields. There is no field for content. */
export type Log = {
  readonly info: (event: EventName, fields?: LogFields) => void;
  readonly warn: (event: EventName, fields?: LogFields) => void;
  readonly error: (event: EventName, fields?: LogFields) => void;
};

/** Where the JSON lines go: a stream, a file, a list in a test. */
export type LogDestination = { readonly write: (line: string) => unknown };

/** `service` names the process in each line. */
export type LogOptions = {
  readonly destination: LogDestination;
  readonly service: string;
  readonly level?: 'info' | 'warn' | 'error' | 'silent';
};

/** Opens a log of JSON lines: `{"level","time","service","event", ...fields}`. Time is UTC, ISO 8601. */
export function openLog(options: LogOptions): Log {
  const logger = pino(
    {
      base: { service: options.service },
      level: options.level ?? 'info',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void options.destination.write(line) },
  );
  return {
    info: (event, fields = {}) => {
      logger.info({ event, ...safeFields(fields) });
    },
    warn: (event, fields = {}) => {
      logger.warn({ event, ...safeFields(fields) });
    },
    error: (event, fields = {}) => {
      logger.error({ event, ...safeFields(fields) });
    },
  };
}
