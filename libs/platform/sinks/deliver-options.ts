import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { Clock } from '@lib/kernel';
import type { Reach } from '@lib/platform/outbound';

/** How a bucket is reached; as the product's own identity unless a test says otherwise. */
type BucketClient = Pick<S3ClientConfig, 'endpoint' | 'credentials' | 'forcePathStyle'>;

/** `reach` and `s3` are for tests; the product reaches the internet over TLS and speaks to S3 as its own identity. Units: ms. */
export type DeliverOptions = {
  readonly clock: Clock;
  readonly reach?: Reach | undefined;
  readonly s3?: BucketClient | undefined;
  readonly wallMs?: number | undefined;
};
