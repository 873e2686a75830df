import { createCipheriv, createHash, hash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { z } from 'zod';
import { scanIdSchema, tenantIdSchema } from '@lib/contract';
import { localKeyring, type LocalKeyring } from '@lib/platform/kms';
import { packContext } from '../../libs/guard/evidence/open-pack.ts';
import { layPack } from '../../libs/guard/evidence/pack-format.ts';
import { type Figure, quantile, rounded, shuffled } from './figure.ts';

const rounds = 15;
const entryCount = 2_000;
const entryBytes = 4_096; // an excerpt of nine lines, a flow of a dozen steps, places and digests
type Variant = 'sealed' | 'plain' | 'onePass';
const noTimes = (): Record<Variant, number[]> => ({ sealed: [], plain: [], onePass: [] });
const collectorSchema = z.custom<() => void>((value) => typeof value === 'function');
const owner = { tenantId: tenantIdSchema.parse(randomUUID()), scanId: scanIdSchema.parse(randomUUID()) };

/**
 * Sealing a pack from its canonical entries (layout, a digest and a leaf for each, Merkle root, index, envelope, digest of the object)
 * against the least that could be done with the same bytes: SHA-256 over each entry and one AES-256-GCM over all. What is compared is
 * the time of all processors: the clock also shows what else the machine does, and one of the three waits for a file in between.
 */
export async function bench(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-bench-evidence-'));
  try {
    const kms = await localKeyring({ folder });
    await kms.createTenantKey(owner.tenantId);
    return [await measure(kms)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(kms: LocalKeyring): Promise<Figure> {
  const entries = Array.from({ length: entryCount }, () => Buffer.from(randomBytes(entryBytes / 2).toString('hex'), 'latin1'));
  const joined = Buffer.concat(entries);
  setFlagsFromString('--expose-gc');
  const collect = collectorSchema.parse(runInNewContext('gc')); // what one leaves behind is not collected in another's time
  const [times, wall] = [noTimes(), noTimes()];
  const variants = {
    sealed: async () => {
      const pack = layPack(owner, entries);
      const sealed = await kms.seal(packContext(owner.tenantId, 'evidence/bench'), { bytesMax: pack.bytesMax, parts: pack.parts() });
      return sealed.ok ? sealed.value.sha256 : '';
    },
    plain: () => {
      for (const entry of entries) hash('sha256', entry, 'hex');
      return Promise.resolve(encrypt(joined));
    },
    onePass: () => Promise.resolve(createHash('sha256').update(joined).digest('hex') + encrypt(joined)),
  };
  for (let round = -2; round < rounds; round += 1) {
    for (const name of shuffled(['sealed', 'plain', 'onePass'] as const)) {
      collect();
      const [start, startMs] = [process.cpuUsage(), performance.now()];
      await variants[name]();
      if (round < 0) continue;
      const { user, system } = process.cpuUsage(start);
      times[name].push((user + system) / 1000);
      wall[name].push(performance.now() - startMs);
    }
  }
  const best = (name: Variant): number => quantile(times[name], 0.25);
  const ratio = best('plain') / best('sealed');
  const mibPerSecond = (name: Variant): number => Math.round(joined.length / 1_048_576 / (best(name) / 1000));
  return {
    name: 'evidence/sealing',
    ratio: rounded(ratio),
    goal: '>= 0.6',
    ok: ratio >= 0.6,
    detail: {
      sealedMibPerSecond: mibPerSecond('sealed'),
      plainMibPerSecond: mibPerSecond('plain'),
      onePassMibPerSecond: mibPerSecond('onePass'),
      byTheClock: rounded(quantile(wall.plain, 0.25) / quantile(wall.sealed, 0.25)),
      overOnePass: rounded(best('onePass') / best('sealed')),
      entryCount,
      entryBytes,
      rounds,
    },
  };
}

function encrypt(bytes: Uint8Array): string {
  const cipher = createCipheriv('aes-256-gcm', randomBytes(32), randomBytes(12));
  const sealed = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  return String(sealed.length);
}
