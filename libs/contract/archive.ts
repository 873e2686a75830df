import { z } from 'zod';
import { coverageEntrySchema, coverageReasonSchema } from './coverage.ts';
import { sha256Schema } from './ids.ts';
import { limits } from './limits.ts';

/** How a customer's bytes may be packed. `tar` inside what the suffix says; `zip` needs to be read from its end. */
export const archiveFormats = ['tar', 'tar.gz', 'tar.zst', 'zip'] as const;
export const archiveFormatSchema = z.enum(archiveFormats);
export type ArchiveFormat = z.infer<typeof archiveFormatSchema>;

/**
 * Why a whole archive is refused: it is built to escape or to exhaust, two readers would see two different trees in it, or it is broken.
 * Nothing of it is kept. A closed list; each code is stable.
 */
export const archiveRefusalCodes = [
  'ingest.archive_absolute_path',
  'ingest.archive_path_traversal',
  'ingest.archive_path_malformed',
  'ingest.archive_path_nul',
  'ingest.archive_drive_letter',
  'ingest.archive_git_disguised',
  'ingest.archive_hard_link',
  'ingest.archive_device',
  'ingest.archive_fifo',
  'ingest.archive_socket',
  'ingest.archive_entry_type',
  'ingest.archive_sparse',
  'ingest.archive_duplicate_path',
  'ingest.archive_path_clash',
  'ingest.archive_path_through_link',
  'ingest.archive_nested_compression',
  'ingest.archive_format_unknown',
  'ingest.archive_truncated',
  'ingest.archive_corrupt',
  'ingest.archive_header_invalid',
  'ingest.archive_header_too_large',
  'ingest.archive_ambiguous',
  'ingest.archive_trailing_data',
  'ingest.archive_hidden_data',
  'ingest.archive_overlapping_entries',
  'ingest.archive_encrypted',
  'ingest.archive_method_unsupported',
  'ingest.archive_multi_part',
  'ingest.archive_expands_too_far',
  'ingest.archive_too_large',
  'ingest.archive_unpacked_too_large',
  'ingest.archive_entry_too_large',
  'ingest.archive_too_many_entries',
  'ingest.archive_folder_too_wide',
] as const;
export const archiveRefusalCodeSchema = z.enum(archiveRefusalCodes);
export type ArchiveRefusalCode = z.infer<typeof archiveRefusalCodeSchema>;

/** Why one entry was not stored (`path_refused` in the coverage, with this code as its detail): it has no name that we could say. */
export const archiveDropCodes = [
  'ingest.archive_path_not_utf8',
  'ingest.archive_path_too_long',
  'ingest.archive_name_too_long',
  'ingest.archive_path_too_deep',
] as const;
export type ArchiveDropCode = (typeof archiveDropCodes)[number];

/**
 * Why a name is reported although its file was stored and is analysed (`name_hazard` in the coverage, with this code as its detail).
 * To us a name is data; elsewhere this one is overwritten, hidden or cannot be made.
 */
export const archiveHazardCodes = [
  'ingest.archive_name_collision',
  'ingest.archive_name_control_character',
  'ingest.archive_name_backslash',
  'ingest.archive_name_reserved',
  'ingest.archive_name_windows_character',
  'ingest.archive_name_trailing_dot_or_space',
  'ingest.archive_name_short',
] as const;
export type ArchiveHazardCode = (typeof archiveHazardCodes)[number];

/**
 * One line of JSON of the unpacker. It has met hostile bytes, so nothing in a line is believed beyond its schema: the manifest that it
 * wrote is parsed again, and a blob is checked against its digest by whoever reads it.
 */
export const unpackMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('coverage'), entry: coverageEntrySchema }),
  z.object({ type: z.literal('archive_refused'), code: archiveRefusalCodeSchema, path: z.string().max(limits.noteCharsMax).optional() }),
  z.object({ type: z.literal('disk_full') }),
  z.object({
    type: z.literal('sealed'),
    sha256: sha256Schema,
    counts: z.partialRecord(coverageReasonSchema, z.int().min(0)),
    /** The most memory that the unpacker has held, as the system counts it. */
    memoryBytesMax: z.int().min(0),
    /** The commit that a git host writes into its archives. */
    commit: z
      .string()
      .regex(/^[0-9a-f]{40,64}$/u)
      .optional(),
  }),
]);
export type UnpackMessage = z.infer<typeof unpackMessageSchema>;
