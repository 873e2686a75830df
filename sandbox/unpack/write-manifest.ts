import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** One line of the manifest. Units: bytes. */
export type ManifestFile = { readonly path: string; readonly bytes: number; readonly sha256: string };

const partChars = 256 * 1024; // written at a time: the whole text may be larger than the memory it describes

/** Writes the canonical manifest of a tree, part by part. The files come sorted by path. Answers its SHA-256 and its size in bytes. */
export function writeManifest(target: string, files: Iterable<ManifestFile>): { readonly sha256: string; readonly bytes: number } {
  const digest = createHash('sha256');
  const file = openSync(join(target, 'manifest.json'), 'wx', 0o644);
  let written = 0;
  const write = (text: string): void => {
    const part = Buffer.from(text);
    digest.update(part);
    for (let at = 0; at < part.byteLength;) at += writeSync(file, part, at);
    written += part.byteLength;
  };
  try {
    let text = '{"files":[';
    let between = '';
    for (const { bytes, path, sha256 } of files) {
      text += `${between}${JSON.stringify({ bytes, path, sha256 })}`; // canonical: in the order of the keys
      between = ',';
      if (text.length < partChars) continue;
      write(text);
      text = '';
    }
    write(`${text}],"v":1}`);
  } finally {
    closeSync(file);
  }
  return { sha256: digest.digest('hex'), bytes: written };
}
