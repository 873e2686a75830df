import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const roots = ['apps', 'libs', 'db', 'sandbox', 'tools'];
const files = ['package.json', 'package-lock.json', 'tsconfig.json'];
const skipped = new Set(['node_modules', 'dist', 'fixtures', 'testing', '__golden__', 'check']);

/**
 * SHA-256 over the paths and bytes of everything that a build reads. By content and not by time, so that a checkout, a copy or a
 * touched file does not rebuild. Specs and prose are left out.
 * @param {string} root the repository
 */
export function sourceDigest(root) {
  const hash = createHash('sha256');
  for (const path of [...files, ...roots.flatMap((folder) => listFiles(root, folder))]) {
    const bytes = readOrEmpty(join(root, path));
    hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

function listFiles(root, folder) {
  const entries = readdirOrEmpty(join(root, folder)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : listFiles(root, path);
    return entry.isFile() && !/\.spec\.tsx?$|\.md$/u.test(entry.name) ? [path] : [];
  });
}

function readdirOrEmpty(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function readOrEmpty(file) {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}
