export { openDeliver, type Deliver } from './open-deliver.ts';
export { type Delivery, type DeliveryError } from './delivery.ts';
export { isSigningSecret } from './post-webhook.ts';
