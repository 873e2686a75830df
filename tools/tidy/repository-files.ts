import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const skipped = /^(?:node_modules|dist.*|coverage|[.]git|[.]aegis|fixtures|fixture|vectors|__golden__)$/u;
// broken on purpose, or not ours to tidy
const foreign = /^vuln-saas\/[^/.]+$/u;

/** Every file of the repository that people write, by its path from the root, sorted. */
export const repositoryFiles: readonly string[] = walk('').toSorted();

/** Those that are code which runs: neither tests nor data. */
export const sourceFiles: readonly string[] = repositoryFiles.filter((path) => /[.](?:tsx?|mjs|cjs)$/u.test(path) && !isTest(path));

export function isTest(path: string): boolean {
  return /[.](?:spec|bench|spec-support)[.](?:tsx?|mjs)$|\/testing\/|^sandbox\/escape\//u.test(path);
}

/** The text of a file of the repository; empty when it is not there. */
export function textOf(path: string): string {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return '';
  }
}

function walk(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (skipped.test(entry.name) || foreign.test(path)) return [];
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() ? [path] : [];
  });
}
