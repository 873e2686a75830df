import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { FindingDraft } from '@lib/contract';

/** A file of drafts being written: JSON lines, hashed as they go. */
export type DraftFile = {
  readonly write: (draft: FindingDraft) => Promise<void>;
  readonly finish: () => Promise<string>;
  readonly close: () => Promise<void>;
};

const bufferBytes = 256 * 1024; // one write call for many small lines

/**
 * Opens the drafts of a scan for writing, from the start: an earlier attempt's file is replaced.
 * `finish` flushes to disk and answers the SHA-256 of the bytes, lower-case hexadecimal. Bounded by the sandbox: `draftStreamBytesMax`.
 */
export async function writeDrafts(file: string): Promise<DraftFile> {
  const handle = await open(file, 'w', 0o600);
  const state: State = { handle, hash: createHash('sha256'), pending: [], pendingBytes: 0 };
  return {
    write: async (draft) => {
      const line = `${JSON.stringify(draft)}\n`;
      state.pending.push(line);
      state.pendingBytes += line.length;
      if (state.pendingBytes >= bufferBytes) await flush(state);
    },
    finish: async () => {
      await flush(state);
      await handle.sync();
      return state.hash.digest('hex');
    },
    close: () => handle.close(),
  };
}

type State = { readonly handle: FileHandle; readonly hash: Hash; pending: string[]; pendingBytes: number };

async function flush(state: State): Promise<void> {
  const bytes = Buffer.from(state.pending.join(''), 'utf8');
  state.pending = [];
  state.pendingBytes = 0;
  state.hash.update(bytes);
  await state.handle.appendFile(bytes);
}
