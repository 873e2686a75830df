import { limits } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import type { GitProgram } from './git-program.ts';
import { runGit } from './run-git.ts';

/** One entry of a commit's tree. `path` is as it is stored: bytes of any encoding. Units: bytes. */
export type GitEntry = {
  readonly kind: 'file' | 'symlink' | 'submodule' | 'other';
  readonly object: string;
  readonly bytes: number;
  readonly path: Buffer;
};

/** A repository with one commit in it. */
export type GitRepository = { readonly program: GitProgram; readonly directory: string; readonly signal?: AbortSignal };

/** Why there is no list. */
export type ListError = { readonly code: 'git.objects_refused' | 'git.too_many_entries' | 'git.cancelled' | 'git.too_slow' };

/**
 * Lists every entry of a commit, by asking git, without a checkout. Errors: `git.objects_refused` (git cannot read it, or says something that
 * is no list), `git.too_many_entries`, `git.cancelled`, `git.too_slow`. Source: git-ls-tree(1).
 */
export async function listTree(repository: GitRepository, commit: string): Promise<Result<readonly GitEntry[], ListError>> {
  const parts: Buffer[] = [];
  let bytes = 0;
  const end = await runGit({
    program: repository.program,
    directory: repository.directory,
    signal: repository.signal,
    protocols: 'none',
    network: 'none',
    wallMs: limits.gitStepMs,
    argv: ['ls-tree', '-r', '-z', '-l', '--full-tree', '--end-of-options', commit],
    isTooLarge: () => Promise.resolve(bytes > limits.archiveDirectoryBytesMax),
    onOutput: (part) => {
      bytes += part.byteLength;
      if (bytes <= limits.archiveDirectoryBytesMax) parts.push(part);
    },
  });
  if (bytes > limits.archiveDirectoryBytesMax) return err({ code: 'git.too_many_entries' });
  if (end.ended === 'killed' && end.why === 'cancelled') return err({ code: 'git.cancelled' });
  if (end.ended === 'killed' && end.why === 'too_slow') return err({ code: 'git.too_slow' });
  if (end.ended !== 'done') return err({ code: 'git.objects_refused' });
  return parseTree(Buffer.concat(parts));
}

const kinds: ReadonlyMap<string, GitEntry['kind']> = new Map([
  ['100644 blob', 'file'],
  ['100755 blob', 'file'],
  ['100664 blob', 'file'], // old repositories
  ['120000 blob', 'symlink'],
  ['160000 commit', 'submodule'],
]);

/** Reads `<mode> <type> <object> <size>\t<path>\0`, again and again. Errors: `git.objects_refused`, `git.too_many_entries`. */
export function parseTree(list: Buffer): Result<readonly GitEntry[], ListError> {
  const entries: GitEntry[] = [];
  for (let at = 0; at < list.byteLength;) {
    const end = list.indexOf(0, at);
    const tab = list.indexOf(0x09, at);
    const head = /^(\d{6} [a-z]+) ([0-9a-f]{40,64}) +(\d+|-)$/u.exec(list.toString('latin1', at, Math.max(at, tab)));
    if (end < 0 || tab < 0 || tab > end || head === null) return err({ code: 'git.objects_refused' });
    const [, form = '', object = '', size = ''] = head;
    entries.push({ kind: kinds.get(form) ?? 'other', object, bytes: size === '-' ? 0 : Number(size), path: list.subarray(tab + 1, end) });
    if (entries.length > limits.archiveEntriesMax) return err({ code: 'git.too_many_entries' });
    at = end + 1;
  }
  return ok(entries);
}
