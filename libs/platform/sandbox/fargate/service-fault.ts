import { ECSServiceException, type Failure } from '@aws-sdk/client-ecs';
import { Fault } from '@lib/kernel';

/**
 * What may be wrong with the task service, by who can do something about it. The first three pass: the job is tried again later. The last does
 * not pass by itself: a permission, a cluster, a request that the service does not take.
 */
export type ServiceFaultCode =
  'sandbox.capacity_unavailable' | 'sandbox.service_throttled' | 'sandbox.service_unavailable' | 'sandbox.service_refused';

const throttled = [
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'LimitExceededException',
];

/** Puts an error of a call into words of ours. The service's message may quote ARNs and names of roles, which are for operators only. */
export function serviceFault(doing: string, error: unknown): Fault {
  if (!(error instanceof ECSServiceException)) return fault('sandbox.service_unavailable', `cannot ${doing}: no answer`, error);
  return fault(codeOf(error), `cannot ${doing}: \`${error.name}\``, error);
}

function codeOf({ name, $metadata, message }: ECSServiceException): ServiceFaultCode {
  if (throttled.includes(name) || $metadata.httpStatusCode === 429) return 'sandbox.service_throttled';
  if (name === 'ServerException' || ($metadata.httpStatusCode ?? 500) >= 500) return 'sandbox.service_unavailable';
  return isCapacity(message) ? 'sandbox.capacity_unavailable' : 'sandbox.service_refused';
}

/** Puts the `failures` of a task that was not started into words of ours. Source: ECS developer guide, "API failure reasons". */
export function refusalFault(failures: readonly Failure[]): Fault {
  const [{ reason = 'none given', detail = '' } = {}] = failures;
  const code: ServiceFaultCode = isCapacity(`${reason} ${detail}`) ? 'sandbox.capacity_unavailable' : 'sandbox.service_refused';
  return fault(code, `the service started no task: ${reason} ${detail}`.trimEnd());
}

// `RESOURCE:ENI`, `RESOURCE:MEMORY` and the like: there is no place now. The sentences are those for Fargate.
function isCapacity(text: string): boolean {
  return /RESOURCE:|capacity is unavailable|insufficient capacity|concurrent tasks|vCPU limit/iu.test(text);
}

function fault(code: ServiceFaultCode, internal: string, cause?: unknown): Fault {
  return new Fault(code, {
    internal,
    public: publicTexts[code],
    lasting: code === 'sandbox.service_refused',
    ...(cause === undefined ? {} : { cause }),
  });
}

const publicTexts: Readonly<Record<ServiceFaultCode, string>> = {
  'sandbox.capacity_unavailable': 'there is no room for another analysis right now',
  'sandbox.service_throttled': 'too many analyses were started at once',
  'sandbox.service_unavailable': 'the service that runs analyses does not answer',
  'sandbox.service_refused': 'the service that runs analyses is not set up',
};
