import { Fault } from '@lib/kernel';

/** What a log line says about an error. */
export type ErrorFields = {
  readonly errorCode: string;
  readonly errorName: string;
  readonly reason?: string;
  readonly at?: string;
};

/**
 * Fields for a caught value. The text of a `Fault` is written for operators and is kept; that of any other error may quote content
 * (a value in a database error, a line in a parser's), so only its name, its code and the place it came from are.
 */
export function describeError(error: unknown): ErrorFields {
  if (error instanceof Fault) return { errorCode: error.code, errorName: error.name, reason: error.message };
  if (!(error instanceof Error)) return { errorCode: 'unexpected', errorName: typeof error };
  const at = firstFrame(error);
  return {
    errorCode: 'code' in error && typeof error.code === 'string' ? error.code : 'unexpected',
    errorName: error.name,
    ...(at === undefined ? {} : { at }),
  };
}

/** `name.ts:12:3` of the innermost frame; the folder before it says nothing and would give away the machine. */
function firstFrame(error: Error): string | undefined {
  const frame = error.stack?.split('\n').find((line) => /^\s+at /u.test(line));
  return frame === undefined ? undefined : /([^/\\\s(]+:\d+:\d+)\)?$/u.exec(frame)?.[1];
}
