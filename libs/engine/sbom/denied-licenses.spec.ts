import { describe, expect, it } from 'vitest';
import type { Component } from '@lib/contract';
import { deniedLicenses } from './denied-licenses.ts';

const component = (license: string | undefined): Component => ({
  purl: `pkg:npm/a@1?of=${encodeURIComponent(license ?? '')}`,
  name: 'a',
  version: '1',
  path: 'package-lock.json',
  dev: false,
  dependsOn: [],
  ...(license === undefined ? {} : { license }),
});
const isDenied = (license: string | undefined, ...denied: readonly string[]): boolean =>
  deniedLicenses([component(license)], denied).length === 1;

describe('deniedLicenses', () => {
  it('an_id_means_each_form_of_it_whatever_its_case', () => {
    for (const license of ['GPL-3.0', 'GPL-3.0-only', 'GPL-3.0-or-later', 'GPL-3.0+'])
      expect(isDenied(license, 'gpl-3.0'), license).toBe(true);
    expect([isDenied('LGPL-3.0', 'GPL-3.0'), isDenied('GPL-2.0', 'GPL-3.0'), isDenied('MIT', 'GPL-3.0')]).toEqual([false, false, false]);
  });

  it('of_a_choice_one_may_be_denied_and_of_several_together_none', () => {
    expect([isDenied('(MIT OR GPL-3.0)', 'GPL-3.0'), isDenied('MIT AND GPL-3.0', 'GPL-3.0')]).toEqual([false, true]);
    expect(isDenied('(GPL-2.0 OR GPL-3.0)', 'copyleft')).toBe(true);
  });

  it('copyleft_is_a_family_and_unknown_is_what_nobody_says_or_no_expression', () => {
    for (const license of ['AGPL-3.0', 'LGPL-2.1', 'MPL-2.0', 'EPL-2.0']) expect(isDenied(license, 'copyleft'), license).toBe(true);
    for (const license of ['MIT', 'Apache-2.0', 'BSD-3-Clause', 'ISC']) expect(isDenied(license, 'copyleft'), license).toBe(false);
    expect([isDenied(undefined, 'unknown'), isDenied('SEE LICENSE IN LICENSE', 'unknown'), isDenied('MIT', 'unknown')]).toEqual([
      true,
      true,
      false,
    ]);
    expect([isDenied(undefined, 'copyleft'), isDenied('nobody knows', 'GPL-3.0')]).toEqual([false, false]);
  });
});
