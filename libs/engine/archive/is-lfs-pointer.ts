import { Buffer } from 'node:buffer';

const head = Buffer.from('version https://git-lfs.github.com/spec/v1\n');
const bytesMax = 1024; // as its specification says

/** True for the few lines that stand for a file that Git LFS keeps elsewhere. Source: git-lfs, docs/spec.md. */
export function isLfsPointer(bytes: Uint8Array): boolean {
  return bytes.byteLength < bytesMax && Buffer.compare(bytes.subarray(0, head.byteLength), head) === 0;
}
