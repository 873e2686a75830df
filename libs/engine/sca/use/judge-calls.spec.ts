import { describe, expect, it } from 'vitest';
import type { CodeUse, ModuleUse } from '@lib/engine/sdk';
import { judgeCalls, type CallQuestion } from './judge-calls.ts';

const lodash: ModuleUse = { specifier: 'lodash', imported: 1, called: 2, members: [{ name: 'get', line: 2 }], escapes: [] };
const file = (module: Partial<ModuleUse>, path = 'a.ts'): CodeUse => ({ path, whole: true, modules: [{ ...lodash, ...module }] });
const question = (given: Partial<CallQuestion>): CallQuestion => ({
  kind: 'npm',
  names: ['lodash'],
  symbols: ['template'],
  codeUses: [file({})],
  mentions: [{ path: 'a.ts', line: 1 }],
  isClosed: true,
  ...given,
});
const kindOf = (given: Partial<CallQuestion>): string | undefined => judgeCalls(question(given))?.kind;
const takes = (name: string, specifier = 'lodash'): Partial<CallQuestion> => ({
  codeUses: [file({ specifier, members: name === '' ? [] : [{ name, line: 7 }] })],
});

describe('judgeCalls', () => {
  it('a_function_that_an_advisory_names_is_found_by_every_way_to_it', () => {
    const vulnerable = { kind: 'vulnerable_called', place: 'a.ts:7', symbol: 'template' };
    expect(judgeCalls(question(takes('template')))).toEqual(vulnerable);
    expect(judgeCalls(question(takes('fp.template')))).toEqual(vulnerable);
    expect(judgeCalls(question(takes('template', 'lodash/fp')))).toEqual(vulnerable);
    expect(kindOf(takes('', 'lodash/template'))).toBe('vulnerable_called');
    expect(kindOf(takes('', 'lodash/template.js'))).toBe('vulnerable_called');
    expect(kindOf({ ...takes('template'), symbols: ['(lodash).template'] })).toBe('vulnerable_called');
    expect(kindOf({ ...takes('Session.get'), symbols: ['Session'] })).toBe('vulnerable_called');
  });

  it('names_of_other_packages_do_not_count', () => {
    expect(kindOf(takes('template', 'lodash-es'))).toBeUndefined();
    expect(kindOf(takes('template', '@types/lodash'))).toBeUndefined();
  });

  it('that_none_is_used_is_said_where_everything_was_seen', () => {
    expect(judgeCalls(question({}))).toEqual({ kind: 'vulnerable_not_called', place: 'a.ts:2', symbols: ['template'] });
  });

  it.each<[string, Partial<CallQuestion>]>([
    ['an advisory names no function', { symbols: undefined }],
    ['something was not followed', { isClosed: false }],
    ['the module goes where nobody follows', { codeUses: [file({ escapes: [''] })] }],
    ['what holds the function does', { symbols: ['Session.get'], codeUses: [file({ escapes: ['Session'] })] }],
    ['a part of the package that may hold it does', { codeUses: [file({ specifier: 'lodash/fp', escapes: [''] })] }],
    [
      'a setting names the package',
      {
        mentions: [
          { path: 'a.ts', line: 1 },
          { path: 'webpack.config.js', line: 3 },
        ],
      },
    ],
  ])('that_none_is_used_is_not_said_where_%s', (_why, given) => {
    expect(kindOf(given)).toBe('called');
  });

  it('another_function_that_goes_where_nobody_follows_hides_nothing', () => {
    expect(kindOf({ codeUses: [file({ escapes: ['debounce'] })] })).toBe('vulnerable_not_called');
  });

  it('an_import_without_a_call_is_an_import', () => {
    const { called, ...imported } = lodash;
    expect(called).toBe(2);
    expect(judgeCalls(question({ symbols: undefined, codeUses: [{ path: 'a.ts', whole: true, modules: [imported] }] }))).toEqual({
      kind: 'imported',
      place: 'a.ts:1',
    });
  });

  it('modules_of_python_are_named_in_full', () => {
    const uses = (specifier: string, name: string): Partial<CallQuestion> => ({
      kind: 'PyPI',
      names: ['PIL'],
      symbols: ['PIL.ImageMath'],
      codeUses: [file({ specifier, members: [{ name, line: 3 }] })],
    });
    expect(kindOf(uses('PIL', 'ImageMath.eval'))).toBe('vulnerable_called');
    expect(kindOf(uses('PIL.ImageMath', 'eval'))).toBe('vulnerable_called');
    expect(kindOf(uses('PIL', 'Image.open'))).toBe('vulnerable_not_called');
    expect(kindOf(uses('PILlow', 'ImageMath.eval'))).toBeUndefined();
  });
});
