import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { err, ok, type Result } from '@lib/kernel';

/** Writes a file whole or not at all: beside it first, then renamed over it. Errors: `output.unwritable` with the system's code. */
export async function writeOutput(
  path: string,
  text: string,
): Promise<Result<undefined, { readonly code: 'output.unwritable'; readonly reason: string }>> {
  const aside = `${path}.${randomUUID()}.partial`;
  try {
    const file = await open(aside, 'wx', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
    return ok(undefined);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined);
    return err({ code: 'output.unwritable', reason: error instanceof Error && 'code' in error ? String(error.code) : 'unknown' });
  }
}
