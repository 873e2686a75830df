import { describe, expect, it } from 'vitest';
import { plainText, visibleParts } from './visible-parts.ts';

describe('visibleParts', () => {
  it('ordinary_text_in_any_script_is_one_plain_part', () => {
    for (const text of ['const a = 1;\t// ok', 'größe 大きさ حجم 🙂']) expect(visibleParts(text)).toEqual([{ kind: 'plain', text }]);
  });

  it.each([
    ['a bidirectional override', 'if (admin\u202e) {', 'if (admin[U+202E]) {'],
    ['a zero-width space', 'ad\u200bmin', 'ad[U+200B]min'],
    ['an escape sequence', '\u001b[31mred', '[U+001B][31mred'],
    ['a line break', 'a\nb', 'a[U+000A]b'],
    ['a tag character', 'a\u{e0041}b', 'a[U+E0041]b'],
    ['a variation selector', 'a\u{e0100}b', 'a[U+E0100]b'],
    ['half a surrogate pair', 'a\ud83db', 'a[U+D83D]b'],
  ])('%s_is_shown_by_its_code_point', (_name, text, expected) => {
    expect(plainText(text)).toBe(expected);
  });

  it('a_line_of_a_megabyte_is_cut_and_says_by_how_much', () => {
    const shown = plainText('x'.repeat(1_048_576));
    expect(shown.length).toBeLessThan(5_000);
    expect(shown).toContain('[… 1044576 more characters]');
  });
});
