/**
 * Makes text of unknown origin safe to print: control characters, escape sequences and bidirectional overrides become visible marks,
 * so that a file name cannot move the cursor, colour the screen or reorder a line. Source: CWE-150, CVE-2021-42574.
 */
export function visibleText(text: string): string {
  // eslint's no-control-regex is right in general; here the control characters are the point, so they are built from code points
  return Array.from(text, (character) => (isHidden(character.codePointAt(0) ?? 0) ? escapeOf(character) : character)).join('');
}

function isHidden(code: number): boolean {
  return (
    code < 0x20 ||
    (code >= 0x7f && code <= 0x9f) ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    code === 0xfeff
  );
}

function escapeOf(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
