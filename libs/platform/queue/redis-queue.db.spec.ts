import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLog } from '@lib/platform/telemetry';
import { systemClock } from '@lib/platform/clock';
import { requirePeer } from '../../../tools/testing/require-peer.ts';
import { startRedis, type TestRedis } from '../../../tools/testing/redis.ts';
import { describeQueueContract } from '../../../tools/testing/queue-contract.ts';
import { openQueue } from './open-queue.ts';

const program = requirePeer('redis-server', 'Debian: apt-get install redis-server');
const log = openLog({ service: 'test', destination: { write: () => true }, level: 'silent' });

describe.skipIf(program === undefined)('with a Redis server', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis(program ?? '');
  });
  afterAll(() => redis.stop());

  const locate = () => ({ kind: 'redis', url: redis.url }) as const;
  describeQueueContract('redis', (name) => openQueue({ name, location: locate(), log, clock: systemClock }), locate);

  it('a_server_that_evicts_is_refused', async () => {
    const evicting = await startRedis(program ?? '', 'allkeys-lru');
    try {
      const opening = openQueue({ name: 'refused', location: { kind: 'redis', url: evicting.url }, log, clock: systemClock });
      await expect(opening).rejects.toMatchObject({ code: 'queue.evicts' });
    } finally {
      await evicting.stop();
    }
  });

  it('a_server_that_is_gone_is_a_fault_and_not_a_wait', async () => {
    const gone = await startRedis(program ?? '');
    const queue = await openQueue({ name: 'gone', location: { kind: 'redis', url: gone.url }, log, clock: systemClock });
    await gone.stop();
    await expect(queue.addMany([{ id: 'a', data: {} }])).rejects.toMatchObject({ code: 'queue.unavailable' });
    await expect(openQueue({ name: 'gone', location: { kind: 'redis', url: gone.url }, log, clock: systemClock })).rejects.toMatchObject({
      code: 'queue.unavailable',
    });
    await queue.close();
  });
});
