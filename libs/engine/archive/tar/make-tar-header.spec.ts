import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { limits } from '@lib/contract';
import type { ArchiveEntry } from '../archive-entry.ts';
import { fc } from '../../../../tools/testing/seeded-fast-check.ts';
import { makeTarHeader, tarEnd, tarPadding } from './make-tar-header.ts';
import { readTar } from './read-tar.ts';

it('what_is_written_is_read_again_whatever_the_name_is_made_of', () => {
  const name = fc.uint8Array({ minLength: 1, maxLength: 1500 }).filter((bytes) => !bytes.includes(0) && bytes.at(-1) !== 0x2f);
  const kind = fc.constantFrom('file' as const, 'symlink' as const);
  fc.assert(
    fc.property(name, kind, fc.integer({ min: 0, max: 3000 }), (bytes, as, size) => {
      const entries: ArchiveEntry[] = [];
      const bodies: Buffer[] = [];
      const reader = readTar(
        {
          onEntry: (entry) => {
            entries.push({ ...entry, name: Buffer.from(entry.name) });
            return 'store';
          },
          onBody: (part) => void bodies.push(Buffer.from(part)),
          onComment: () => undefined,
        },
        limits,
      );
      const length = as === 'file' ? size : 0;
      const archive = Buffer.concat([
        makeTarHeader({ name: bytes, kind: as, bytes: length }),
        Buffer.alloc(length, 7),
        tarPadding(length),
        tarEnd,
      ]);
      expect([reader.push(archive), reader.end()]).toEqual([undefined, undefined]);
      expect(entries).toEqual([{ name: Buffer.from(bytes), kind: as, bytes: length }]);
      expect(Buffer.concat(bodies).byteLength).toBe(length);
    }),
  );
});
