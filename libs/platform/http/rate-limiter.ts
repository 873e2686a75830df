import { limits } from '@lib/contract';
import { MINUTE_MS, SECOND_MS, type Clock } from '@lib/kernel';

/** Takes one token from the bucket of `key`. Answers 0 when there was one, else the seconds until there is. */
export type RateLimiter = { readonly take: (key: string) => number };

type Bucket = { tokens: number; atMs: number };

/**
 * Token buckets in memory: `perMinute` tokens at most, refilled evenly. The number of buckets is bounded by `limits.rateBucketsMax`;
 * the one that was used longest ago gives way, which can only ever be in favour of its owner.
 */
export function rateLimiter(perMinute: number, clock: Clock): RateLimiter {
  const buckets = new Map<string, Bucket>();
  return {
    take: (key) => {
      const nowMs = clock.nowMs();
      const bucket = refill(buckets.get(key), perMinute, nowMs);
      buckets.delete(key); // re-inserted below: a Map keeps insertion order, so the first key is the one unused longest
      if (buckets.size >= limits.rateBucketsMax) dropOldest(buckets);
      buckets.set(key, bucket);
      if (bucket.tokens < 1) return Math.max(1, Math.ceil(((1 - bucket.tokens) * MINUTE_MS) / perMinute / SECOND_MS));
      bucket.tokens -= 1;
      return 0;
    },
  };
}

function refill(bucket: Bucket | undefined, perMinute: number, nowMs: number): Bucket {
  if (bucket === undefined) return { tokens: perMinute, atMs: nowMs };
  const passedMs = Math.max(0, nowMs - bucket.atMs);
  bucket.tokens = Math.min(perMinute, bucket.tokens + (passedMs * perMinute) / MINUTE_MS);
  bucket.atMs = nowMs;
  return bucket;
}

function dropOldest(buckets: Map<string, Bucket>): void {
  const oldest = buckets.keys().next();
  if (oldest.done !== true) buckets.delete(oldest.value);
}
