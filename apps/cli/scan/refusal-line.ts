import type { SealArchiveError, SealFolderError } from '@lib/flow/ingest';
import type { SandboxRefusal } from '@lib/platform/sandbox';
import { visibleText } from '../terminal/visible-text.ts';

/** Why a source was not taken, as one line for a person: in words where the user can do something, by its code always. */
export function refusalLine(error: Exclude<SealFolderError | SealArchiveError, SandboxRefusal>, source: string): string {
  const entry = 'path' in error ? `, at \`${visibleText(error.path)}\`` : '';
  return `${texts.get(error.code) ?? 'this archive is not safe to unpack'}: ${visibleText(source)}${entry} (${error.code})`;
}

const texts: ReadonlyMap<string, string> = new Map([
  ['ingest.folder_missing', 'there is no such folder or archive'],
  ['ingest.not_a_folder', 'this is neither a folder nor an archive'],
  ['ingest.folder_unreadable', 'this folder may not be read'],
  ['ingest.disk_full', 'no space left to seal this'],
  ['ingest.cancelled', 'cancelled before the analysis began'],
  ['ingest.too_many_files', 'this folder has too many files'],
  ['ingest.tree_too_large', 'this folder is too large'],
  ['ingest.archive_missing', 'this archive may not be read'],
  ['ingest.archive_format_unknown', 'this is no tar, tar.gz, tar.zst or zip'],
  ['ingest.archive_truncated', 'this archive is cut off'],
  ['ingest.archive_corrupt', 'this archive is damaged'],
  ['ingest.archive_encrypted', 'this archive is encrypted'],
  ['ingest.archive_too_large', 'this archive is too large'],
  ['ingest.archive_unpacked_too_large', 'this archive holds too much'],
  ['ingest.archive_entry_too_large', 'a file in this archive is too large'],
  ['ingest.archive_too_many_entries', 'this archive holds too many files'],
  ['ingest.archive_hard_link', 'this archive holds hard links; pack it with `tar --hard-dereference`'],
  ['ingest.archive_timed_out', 'unpacking this archive took too long'],
  ['ingest.archive_unpacker_failed', 'this archive could not be unpacked within its bounds'],
]);
