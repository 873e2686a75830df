import { SpanStatusCode, trace } from '@opentelemetry/api';
import type { LogFields } from './log-fields.ts';
import { safeFields } from './log-fields.ts';
import { describeError } from './describe-error.ts';

/**
 * Runs `fn` inside a span. Without an OpenTelemetry SDK in the process this costs a few calls and records nothing.
 * Attributes obey the rule of log fields: ids, figures, codes. A failure leaves its code in the span and goes on to the caller.
 */
export function span<T>(name: string, attributes: LogFields, fn: () => Promise<T>): Promise<T> {
  return trace.getTracer(scopeName).startActiveSpan(name, { attributes: present(attributes) }, async (active) => {
    try {
      return await fn();
    } catch (error) {
      active.setStatus({ code: SpanStatusCode.ERROR, message: describeError(error).errorCode });
      throw error;
    } finally {
      active.end();
    }
  });
}

const scopeName = 'aegis';

function present(attributes: LogFields): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(safeFields(attributes)).flatMap(([key, value]) =>
      value === null || value === undefined ? [] : [[key, value] as const],
    ),
  );
}
