import type { Clock } from '@lib/kernel';
import type { ObjectsSetting } from '@lib/platform/config';
import { s3Store, type ObjectStore } from '@lib/platform/objects';

/** Opens the bucket as the process's own identity, or as a named profile of the AWS configuration. */
export function openS3(
  objects: Extract<ObjectsSetting, { kind: 's3' }>,
  of: { readonly clock: Clock; readonly profile?: string | undefined },
): ObjectStore {
  const client = of.profile === undefined ? {} : { profile: of.profile };
  return s3Store({ client, bucket: objects.bucket, clock: of.clock, ifNoneMatch: 'honoured' });
}
