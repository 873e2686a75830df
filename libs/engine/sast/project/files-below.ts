import posix from 'node:path/posix';
import { limits } from '@lib/contract';
import type { ProjectLayout } from './project-layout.ts';

const script = /\.[cm]?[jt]sx?$/u;

/** The scripts that lie right below a folder which is named relative to a file, as specifiers: what a program loads that goes through the folder. */
export function filesBelow({ paths }: ProjectLayout, folder: string, fromPath: string): readonly string[] {
  const base = posix.join(posix.dirname(fromPath), folder);
  const below: string[] = [];
  for (const path of paths) {
    if (below.length >= limits.sastFolderFilesMax) break;
    if (path === fromPath || !script.test(path) || posix.join(posix.dirname(path), '/') !== posix.join(base, '/')) continue;
    below.push(`./${posix.relative(posix.dirname(fromPath), path)}`);
  }
  return below;
}
