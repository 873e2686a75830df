import { present } from '@lib/kernel';
import { describe, expect, it } from 'vitest';
import { sourceAssets } from '../../../tools/testing/source-assets.ts';
import { loadRedactor, type Redactor } from './load-redactor.ts';

const loaded = loadRedactor(sourceAssets);
const redactor: Redactor = present(loaded.ok ? loaded.value : undefined, 'the redactor');
const password = ['Vq7xB2', 'mZ9rt', 'Lk3'].join('-');
const token = ['q7Xb2LmZ', '9RtYp4Kc', 'Ws6NfHj3'].join('');

function redact(file: string, quote: string, lineCharsMax = 400): string {
  const path = 'src/mail.ts';
  return redactor.redact(quote, { path, values: redactor.valuesIn(path, file), lineCharsMax });
}

describe('the redactor', () => {
  const file = `const smtpPassword = '${password}';\n`;

  it('hides_a_value_of_the_file_wherever_it_is_quoted', () => {
    expect(redact(file, `sent ${password} and ${password} on`)).toBe('sent [redacted] and [redacted] on');
  });

  it('hides_the_beginning_of_a_value_that_was_quoted_in_part', () => {
    expect(redact(file, `the expression \`${password.slice(0, -2)}\``)).toBe('the expression `[redacted]`');
  });

  it('hides_what_is_left_of_a_value_at_the_end_of_a_line_that_was_cut', () => {
    const cut = `${'x'.repeat(40)}${password}`.slice(0, 46);
    expect(redact(file, cut, 46)).toBe(`${'x'.repeat(40)}[redac`);
    expect(redact(file, cut, 47)).toBe(cut); // it ends there by itself
  });

  it('hides_what_looks_like_a_secret_though_no_file_is_known_to_hold_it', () => {
    expect(redact('', `reads "password: '${password}'" here`)).not.toContain(password);
  });

  it('hides_in_tests_and_examples_what_is_no_finding_there', () => {
    const path = 'test/mail.test.ts';
    expect(redactor.valuesIn(path, file)).toEqual([password]);
  });

  it('a_value_of_many_lines_goes_line_by_line_and_no_line_is_lost', () => {
    const body = Array.from({ length: 6 }, (_, row) => `MIIEowIBAAKCAQE${String(row)}`.padEnd(64, 'qX7'));
    const key = ['-----BEGIN RSA PRIV' + 'ATE KEY-----', ...body, '-----END RSA PRIV' + 'ATE KEY-----'].join('\n');
    const shown = redact(key, `before\n${body.slice(1, 4).join('\n')}\nafter`);
    expect(shown.split('\n')).toHaveLength(5);
    for (const line of body) expect(shown).not.toContain(line.slice(0, 20));
    expect(redact('', `one\n${key}\ntwo`).split('\n')).toHaveLength(10);
  });

  it('leaves_ordinary_words_alone', () => {
    const quote = "app.use(session({ secret: process.env.SECRET }));\nconst passwordField = 'user-password';";
    expect(redact(file, quote)).toBe(quote);
  });

  it('stays_linear_on_hostile_text', () => {
    const hostile = `${`password: '${token}' `.repeat(2000)}${'a'.repeat(100_000)}`;
    expect(redact(hostile, hostile.slice(0, 6000), 400)).not.toContain(token);
  });
});
