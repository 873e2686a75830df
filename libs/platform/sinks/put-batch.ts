import { PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { limits, type SinkTarget } from '@lib/contract';
import { type Result, err, ok } from '@lib/kernel';
import { sha256Of } from '@lib/platform/objects';
import type { Delivery, DeliveryError } from './delivery.ts';
import type { DeliverOptions } from './deliver-options.ts';

type Bucket = DeliverOptions & { readonly target: Extract<SinkTarget, { kind: 's3' }> };

const INDEX_DIGITS = 16; // so that keys in order of name are in order of index

/**
 * Puts a batch as one object of JSON lines, `aegis-audit/<tenant>/<index of its first entry>.jsonl`. A batch that comes again begins at the
 * same index and replaces what it repeats. The owner's bucket policy lets our identity put below its own tenant's prefix and nowhere else, so
 * that nobody streams into another's.
 */
export async function putBatch({ target, s3, wallMs }: Bucket, delivery: Delivery): Promise<Result<void, DeliveryError>> {
  const body = Buffer.concat(delivery.leaves.flatMap(({ entry }) => [entry, Buffer.of(0x0a)]));
  const client = new S3Client({ ...s3, region: target.region, maxAttempts: 1 });
  const signal = AbortSignal.timeout(wallMs ?? limits.sinkMs);
  try {
    const put = new PutObjectCommand({
      Bucket: target.bucket,
      Key: `aegis-audit/${delivery.tenantId}/${String(delivery.from).padStart(INDEX_DIGITS, '0')}.jsonl`,
      Body: body,
      ContentType: 'application/x-ndjson',
      ChecksumSHA256: Buffer.from(sha256Of(body), 'hex').toString('base64'),
    });
    await client.send(put, { abortSignal: signal });
    return ok(undefined);
  } catch (error) {
    return err({ code: signal.aborted ? 'outbound.too_slow' : codeOf(error) });
  } finally {
    client.destroy();
  }
}

function codeOf(error: unknown): DeliveryError['code'] {
  if (!(error instanceof S3ServiceException)) return 'outbound.broken_off';
  const status = error.$metadata.httpStatusCode ?? 500;
  if (status === 401 || status === 403) return 'sink.forbidden';
  return status === 429 || status >= 500 ? 'sink.unavailable' : 'sink.refused';
}
