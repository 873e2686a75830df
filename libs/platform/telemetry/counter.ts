import { metrics } from '@opentelemetry/api';

/** A count that only grows. Labels are few and short: a label with an id in it is a new time series each time. */
export type Counter = { readonly add: (amount: number, labels?: Readonly<Record<string, string>>) => void };

/** A counter by name, such as `jobs.finished`. Without an OpenTelemetry SDK in the process, adding does nothing. */
export function counter(name: string): Counter {
  return {
    add: (amount, labels = {}) => {
      metrics
        .getMeter('aegis')
        .createCounter(name)
        .add(amount, { ...labels });
    },
  };
}
