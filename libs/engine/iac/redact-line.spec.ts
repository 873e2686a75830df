import { describe, expect, it } from 'vitest';
import { lineRedactor } from './redact-line.ts';

const hidden = ['hunter', 'two', '22'].join('-');

describe('lineRedactor', () => {
  it.each([
    [`  password = "${hidden}"`],
    [`  db_passwd: ${hidden}`],
    [`"apiKey": "${hidden}",`],
    [`ENV ACCESS_TOKEN=${hidden}`],
    [`ENV ACCESS_TOKEN ${hidden}`],
    [`ARG NPM_SECRET=${hidden}`],
    [`RUN login --user a --password=${hidden} && make`],
    [`- { name: a, token: "${hidden}" }`],
    [`      - DB_PASSWORD=${hidden}`],
    [`url = "postgres://app:${hidden}@db/app"`],
    [`private_key: ${hidden}`],
    [`connection_string = "${hidden}"`],
  ])('hides the value in %s', (line) => {
    expect(lineRedactor()(line)).not.toContain(hidden);
    expect(lineRedactor()(line)).toContain('[redacted]');
  });

  it.each([
    ['  publicly_accessible = true'],
    ['  password = var.password'],
    ['  token = ""'],
    ['  manage_password = true'],
    ['image: registry.example.com/web:1.4.2'],
    ['RUN apt-get install curl'],
    ['  secret: ${{ secrets.TOKEN }}'],
  ])('leaves %s', (line) => {
    expect(lineRedactor()(line)).toBe(line);
  });

  it('a_value_below_its_name_is_named_by_it', () => {
    const redact = lineRedactor();
    expect(redact('- name: DB_PASSWORD')).toBe('- name: DB_PASSWORD');
    expect(redact(`  value: ${hidden}`)).toBe('  value: [redacted]');
    expect(redact('- name: REGION')).toBe('- name: REGION');
    expect(redact('  value: europe')).toBe('  value: europe');
  });
});
