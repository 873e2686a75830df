import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const prebuilt = join(import.meta.dirname, '../../sandbox/native/prebuilt');

// Written by build-native.mjs.
const recordSchema = z.object({ files: z.record(z.string(), z.string()) });

/**
 * Copies committed programs of sandbox/native for this machine's architecture into a folder; refuses one whose bytes are not those on record.
 */
export function copyNative(names: readonly string[], outDirectory: string): void {
  const { files } = recordSchema.parse(JSON.parse(readFileSync(join(prebuilt, 'prebuilt.json'), 'utf8')));
  for (const name of names) {
    const path = `linux-${process.arch}/${name}`;
    const sha256 = createHash('sha256')
      .update(readFileSync(join(prebuilt, path)))
      .digest('hex');
    if (files[path] !== sha256) throw new Error(`sandbox/native/prebuilt/${path} is not what prebuilt.json says`);
    copyFileSync(join(prebuilt, path), join(outDirectory, name));
    chmodSync(join(outDirectory, name), 0o755);
  }
}
