import { Buffer } from 'node:buffer';
import type { ArchiveDropCode, ArchiveHazardCode } from '@lib/contract';
import type { ArchiveBounds } from './archive-bounds.ts';
import { refusal, type ArchiveRefusal } from './archive-entry.ts';
import { isDisguisedGit } from './disguised-git.ts';
import { nameHazards } from './name-hazards.ts';

/** The segments of an acceptable path, or why there are none. `drop` costs the entry, `refuse` the archive. No segments: the root itself. */
export type CheckedPath =
  | { readonly outcome: 'keep'; readonly segments: readonly string[]; readonly hazards: readonly ArchiveHazardCode[] }
  | { readonly outcome: 'drop'; readonly code: ArchiveDropCode; readonly shown: string }
  | { readonly outcome: 'refuse'; readonly refusal: ArchiveRefusal };

type PathBounds = Pick<ArchiveBounds, 'pathBytesMax' | 'nameBytesMax' | 'treeDepthMax'>;

/**
 * Judges the name of an entry. What leads out of the tree, or means different places to different readers, refuses the archive; a backslash
 * counts as a separator for that, as it does on Windows. A leading `./` and one trailing `/` are how `tar` says the same path.
 * Source: CWE-22, CWE-41; CVE-2014-9390, CVE-2019-1353 (disguises of `.git`).
 */
export function checkPath(name: Uint8Array, bounds: PathBounds): CheckedPath {
  const latin1 = Buffer.from(name.buffer, name.byteOffset, name.byteLength).toString('latin1'); // ASCII rules hold in any encoding
  const escape = escapeOf(latin1);
  if (escape !== undefined) return { outcome: 'refuse', refusal: refusal(escape, latin1) };
  const trimmed = latin1.replace(/^(?:\.\/)+/u, '').replace(/\/$/u, '');
  if (trimmed === '' || trimmed === '.') return latin1 === '' ? malformed(latin1) : { outcome: 'keep', segments: [], hazards: [] };
  const raw = trimmed.split('/');
  if (raw.some((segment) => segment === '' || segment === '.')) return malformed(latin1);
  const drop = (code: ArchiveDropCode): CheckedPath => ({ outcome: 'drop', code, shown: latin1.slice(0, bounds.pathBytesMax) });
  if (trimmed.length > bounds.pathBytesMax) return drop('ingest.archive_path_too_long');
  if (raw.length > bounds.treeDepthMax) return drop('ingest.archive_path_too_deep');
  if (raw.some((segment) => segment.length > bounds.nameBytesMax)) return drop('ingest.archive_name_too_long');
  const text = isAscii(trimmed) ? trimmed : decodeUtf8(trimmed);
  if (text === undefined) return drop('ingest.archive_path_not_utf8');
  const segments = text.split('/');
  if (segments.some(isDisguisedGit)) return { outcome: 'refuse', refusal: refusal('ingest.archive_git_disguised', text) };
  return { outcome: 'keep', segments, hazards: nameHazards(segments) };
}

function malformed(path: string): CheckedPath {
  return { outcome: 'refuse', refusal: refusal('ingest.archive_path_malformed', path) };
}

function escapeOf(path: string) {
  if (path.includes('\0')) return 'ingest.archive_path_nul';
  if (path.startsWith('/') || path.startsWith('\\')) return 'ingest.archive_absolute_path';
  if (/^(?:\.[/\\])*[A-Za-z]:/u.test(path)) return 'ingest.archive_drive_letter';
  return path.includes('..') && path.split(/[/\\]/u).includes('..') ? 'ingest.archive_path_traversal' : undefined;
}

function isAscii(latin1: string): boolean {
  return /^[\u0000-\u007f]*$/u.test(latin1);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(latin1: string): string | undefined {
  try {
    return utf8.decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return undefined; // overlong forms of `.` and `/` included
  }
}
