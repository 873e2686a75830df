import type { SinkTarget } from '@lib/contract';
import type { Result } from '@lib/kernel';
import type { DeliverOptions } from './deliver-options.ts';
import type { Delivery, DeliveryError } from './delivery.ts';
import { postSplunk } from './post-splunk.ts';
import { postWebhook } from './post-webhook.ts';
import { putBatch } from './put-batch.ts';
import { sendSyslog } from './send-syslog.ts';

/** Delivers one batch; ok means that the place took all of it. Never throws for what a place does. */
export type Deliver = (target: SinkTarget, secret: string | undefined, delivery: Delivery) => Promise<Result<void, DeliveryError>>;

/** Opens the four ways out. */
export function openDeliver(options: DeliverOptions): Deliver {
  return (target, secret = '', delivery) => {
    switch (target.kind) {
      case 'webhook':
        return postWebhook({ ...options, target, secret }, delivery);
      case 'splunk':
        return postSplunk({ ...options, target, secret }, delivery);
      case 'syslog':
        return sendSyslog({ ...options, target }, delivery);
      case 's3':
        return putBatch({ ...options, target }, delivery);
    }
  };
}
