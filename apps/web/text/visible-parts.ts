/** A run of text that is what it looks like, or one character that is not and is shown by its code point. */
export type TextPart = { readonly kind: 'plain'; readonly text: string } | { readonly kind: 'mark'; readonly text: string };

// A page that is asked to draw a megabyte in one line stands still for seconds.
const shownCharsMax = 4_000;

/**
 * Splits text of unknown origin into what may be shown as it is and what hides: control characters, zero-width and bidirectional marks,
 * which could reorder or conceal code. Tabs stay. What lies past a bound is counted instead of shown.
 * Source: CVE-2021-42574, Unicode TR 36.
 */
export function visibleParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let plain = '';
  for (const character of text.slice(0, shownCharsMax)) {
    const code = character.codePointAt(0) ?? 0;
    if (!isHidden(code)) {
      plain += character;
      continue;
    }
    if (plain !== '') parts.push({ kind: 'plain', text: plain });
    plain = '';
    parts.push({ kind: 'mark', text: `U+${code.toString(16).toUpperCase().padStart(4, '0')}` });
  }
  if (plain !== '') parts.push({ kind: 'plain', text: plain });
  if (text.length > shownCharsMax) parts.push({ kind: 'mark', text: `… ${String(text.length - shownCharsMax)} more characters` });
  return parts;
}

/** The same for places that hold text only, such as an option, a label or the page's title. */
export function plainText(text: string): string {
  return visibleParts(text)
    .map((part) => (part.kind === 'mark' ? `[${part.text}]` : part.text))
    .join('');
}

const hiddenRanges: readonly (readonly [number, number])[] = [
  [0x00, 0x08],
  [0x0a, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x61c, 0x61c],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xfe00, 0xfe0e],
  [0xfeff, 0xfeff],
  [0xd800, 0xdfff],
  [0xe0000, 0xe01ef],
];

function isHidden(code: number): boolean {
  return hiddenRanges.some(([first, last]) => code >= first && code <= last);
}
