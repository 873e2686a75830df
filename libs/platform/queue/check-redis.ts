import { Redis } from 'ioredis';
import { Fault } from '@lib/kernel';
import { limits } from '@lib/contract';

/**
 * Refuses a Redis that may forget entries by itself, or that does not answer.
 * Errors: `queue.evicts`, `queue.unavailable`, `queue.login_refused`.
 */
export async function checkRedis(url: string): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: limits.connectMs,
    maxRetriesPerRequest: 0,
  });
  client.on('error', () => undefined); // the call that it breaks reports it
  try {
    await client.connect();
    const policy = /^maxmemory_policy:(\S+)/mu.exec(await client.info('memory'))?.[1];
    if (policy !== 'noeviction')
      throw new Fault('queue.evicts', { internal: `maxmemory-policy is \`${policy ?? 'unknown'}\`, wanted \`noeviction\`` });
  } finally {
    client.disconnect();
  }
}
