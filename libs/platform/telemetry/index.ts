export { openLog, type Log, type LogOptions, type LogDestination } from './open-log.ts';
export type { EventName } from './event-name.ts';
export type { LogFields } from './log-fields.ts';
export { openServiceLog, type ServiceLog } from './open-service-log.ts';
export { quietLog } from './quiet-log.ts';
export { describeError, type ErrorFields } from './describe-error.ts';
export { span } from './span.ts';
export { counter, type Counter } from './counter.ts';
