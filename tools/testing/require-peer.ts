import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Looks for a real program that a suite runs against. Answers its path; when it is absent, says so plainly and answers undefined, so
 * that the suite skips itself. With AEGIS_REQUIRE_ALL=1 absence is a failure: a green run then means that every peer was there.
 */
export function requirePeer(program: string, install: string): string | undefined {
  const found = findProgram(program);
  if (found !== undefined) return found;
  const line = `peer absent: \`${program}\` is not on PATH (${install})`;
  if (process.env['AEGIS_REQUIRE_ALL'] === '1') throw new Error(line);
  process.stderr.write(`SKIPPED, ${line}\n`);
  return undefined;
}

function findProgram(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
