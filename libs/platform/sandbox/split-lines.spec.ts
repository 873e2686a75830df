import { describe, expect, it } from 'vitest';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import { splitLines } from './split-lines.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('splitLines', () => {
  it('lines_are_the_same_however_the_stream_is_cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\n'))),
        fc.array(fc.nat(9), { minLength: 1 }),
        (lines, cuts) => {
          const stream = bytes(lines.map((line) => `${line}\n`).join(''));
          const splitter = splitLines({ lineBytesMax: 10_000, streamBytesMax: 1_000_000 });
          const found: string[] = [];
          for (let from = 0, turn = 0; from < stream.byteLength; turn++) {
            const to = from + 1 + (cuts[turn % cuts.length] ?? 0);
            const result = splitter.push(stream.subarray(from, to));
            if (result.ok) found.push(...result.value);
            from = to;
          }
          expect(found).toEqual(lines);
        },
      ),
    );
  });

  it('a_line_at_the_bound_passes_and_one_byte_more_does_not_ended_or_not', () => {
    const splitter = () => splitLines({ lineBytesMax: 4, streamBytesMax: 100 });
    expect(splitter().push(bytes('1234\n'))).toEqual({ ok: true, value: ['1234'] });
    expect(splitter().push(bytes('12345\n'))).toEqual({ ok: false, error: { code: 'line_too_long' } });
    expect(splitter().push(bytes('12345'))).toEqual({ ok: false, error: { code: 'line_too_long' } });
  });

  it('a_stream_past_its_bound_is_refused_though_every_line_is_short', () => {
    const splitter = splitLines({ lineBytesMax: 4, streamBytesMax: 10 });
    expect(splitter.push(bytes('1\n2\n3\n4\n5\n')).ok).toBe(true);
    expect(splitter.push(bytes('6'))).toEqual({ ok: false, error: { code: 'stream_too_long' } });
  });

  it('bytes_that_are_not_utf8_are_refused_and_a_character_cut_in_two_is_not', () => {
    const splitter = splitLines({ lineBytesMax: 100, streamBytesMax: 100 });
    const [first = 0, second = 0] = bytes('ü');
    expect(splitter.push(new Uint8Array([first]))).toEqual({ ok: true, value: [] });
    expect(splitter.push(new Uint8Array([second, 10]))).toEqual({ ok: true, value: ['ü'] });
    expect(splitter.push(new Uint8Array([0xff, 10]))).toEqual({ ok: false, error: { code: 'not_utf8' } });
  });
});
