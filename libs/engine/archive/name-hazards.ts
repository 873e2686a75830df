import type { ArchiveHazardCode } from '@lib/contract';

// Source: Microsoft, "Naming Files, Paths, and Namespaces".
const reserved = /^(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$) *(?:[.:].*)?$/isu;
const rules: readonly (readonly [ArchiveHazardCode, RegExp])[] = [
  ['ingest.archive_name_control_character', /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u], // the last two turn the direction of text
  ['ingest.archive_name_backslash', /\\/u],
  ['ingest.archive_name_windows_character', /[:*?"<>|]/u],
  ['ingest.archive_name_trailing_dot_or_space', /[. ]$/u],
  ['ingest.archive_name_reserved', reserved],
  ['ingest.archive_name_short', /^[A-Z0-9_]{1,6}~\d(?:\.[^.]{0,3})?$/u],
];

const ordinary = /^(?!(?:con|prn|aux|nul|com|lpt)[^a-z]*(?:\.|$))[\w+@.-]*[\w+@-]$/iu; // for speed: most names end here

/**
 * What other systems would make of these names: forge a line of a log, write elsewhere, or fail. Our own never reach a disk, and ordinary
 * Linux repositories hold such names (`aux.c`, `x\\2d.service`, `Icon` with a carriage return), so they are reported and not refused.
 * Source: CWE-67, CWE-69, CWE-117.
 */
export function nameHazards(segments: readonly string[]): readonly ArchiveHazardCode[] {
  const unusual = segments.filter((name) => !ordinary.test(name));
  if (unusual.length === 0) return [];
  return rules.filter(([, pattern]) => unusual.some((name) => pattern.test(name))).map(([code]) => code);
}
