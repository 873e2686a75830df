import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '@lib/kernel';
import { z } from 'zod';

const addressSchema = z.object({ v: z.literal(1), base: z.url(), token: z.string().min(20) });

/** Where the API answers, and a token for it. */
export type ApiAddress = Omit<z.infer<typeof addressSchema>, 'v'>;

const fileIn = (dataFolder: string): string => join(dataFolder, 'client.json');

/** Leaves the address in the data folder for commands that are given later; its owner alone reads it, as all in there. */
export async function keepApiAddress(dataFolder: string, address: ApiAddress): Promise<void> {
  const draft = `${fileIn(dataFolder)}.${String(process.pid)}`;
  await writeFile(draft, JSON.stringify({ v: 1, ...address }), { mode: 0o600 });
  await rename(draft, fileIn(dataFolder));
}

/** Reads it back. Errors: `usage` when nothing was ever started there. */
export async function findApiAddress(dataFolder: string): Promise<Result<ApiAddress, { readonly code: 'usage'; readonly detail: string }>> {
  const text = await readFile(fileIn(dataFolder), 'utf8').catch(() => '');
  const parsed = addressSchema.safeParse(jsonOf(text));
  if (!parsed.success) return err({ code: 'usage', detail: 'nothing was started there: `npm start` first, or say --url and AEGIS_TOKEN' });
  return ok({ base: parsed.data.base, token: parsed.data.token });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
