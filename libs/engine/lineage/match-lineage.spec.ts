import { describe, expect, it } from 'vitest';
import type { FindingDraft } from '@lib/contract';
import { identify } from '@lib/engine/sdk';
import { matchLineage } from './match-lineage.ts';
import type { Reported } from './traits.ts';
import { toolOf, traitsOf } from './traits.ts';

type Code = { readonly path?: string; readonly lines: readonly string[]; readonly rule?: string; readonly live?: boolean };

/** Reports of every line that holds `exec(`, as an analyzer makes them. */
function scan({ path = 'src/a.js', lines, rule = 'js/command-injection', live = true }: Code): readonly Reported[] {
  return lines.flatMap((line, index): Reported[] => {
    if (!line.includes('exec(')) return [];
    const startLine = index + 1;
    const from = Math.max(0, index - 4);
    const draft: FindingDraft = {
      analyzer: 'sast',
      ruleId: rule,
      ruleVersion: 1,
      severity: 'high',
      confidence: 'high',
      title: 't',
      message: 'm',
      remediation: '',
      cwe: [78],
      references: [],
      location: { path, startLine, startColumn: 1, endLine: startLine, endColumn: line.length + 1 },
      flow: [],
      excerpt: { startLine: from + 1, lines: lines.slice(from, index + 5) },
      fileSha256: '0'.repeat(64),
      ...identify({
        ruleId: rule,
        path,
        context: line.trim(),
        occurrence: lines.slice(0, index).filter((other) => other === line).length,
        isCode: true,
      }),
    };
    return [{ fingerprint: draft.fingerprint, tool: toolOf(draft), ruleId: rule, traits: traitsOf(draft), live }];
  });
}

const pairs = (known: readonly Reported[], seen: readonly Reported[]) =>
  [...matchLineage(known, seen)].map(([to, from]) => `${String(from)}>${String(to)}`).toSorted();
const first = [
  'function one(request) {',
  '  const host = request.query.host;',
  '  log(host);',
  '  exec("ping " + host);',
  '  return host;',
  '}',
  '',
];
const second = [
  'function two(request) {',
  '  const name = request.body.name;',
  '  audit("asked");',
  '  exec("ping " + name);',
  '  done();',
  '}',
  '',
];
const both = [...first, ...second];

describe('matchLineage', () => {
  it('a_flaw_keeps_its_place_when_an_equal_one_is_put_above_it_or_one_of_two_goes', () => {
    const twin = ['function zero() {', '  start();', '  exec(given);', '  stop();', '}', ''];
    const [a, b] = [
      ['function a() {', '  one();', '  exec(given);', '  two();', '}', ''],
      ['function b() {', '  three();', '  exec(given);', '  four();', '}', ''],
    ];
    expect(pairs(scan({ lines: [...a, ...b] }), scan({ lines: [...twin, ...a, ...b] }))).toEqual(['0>1', '1>2']);
    expect(pairs(scan({ lines: [...a, ...b] }), scan({ lines: b }))).toEqual(['1>0']);
  });

  it('renamed_variables_and_another_layout_change_nothing', () => {
    const renamed = both.map((line) => line.replaceAll('host', 'address').replaceAll('request', 'req'));
    const laidOut = both.map((line) => line.replaceAll('"', "'").replace('exec(', 'exec( ').replace(/^ {2}/u, '\t').replace(/;$/u, ''));
    expect(pairs(scan({ lines: both }), scan({ lines: renamed }))).toEqual(['0>0', '1>1']);
    expect(pairs(scan({ lines: both }), scan({ lines: laidOut }))).toEqual(['0>0', '1>1']);
  });

  it('a_renamed_file_is_the_same_file_and_a_copy_is_another', () => {
    expect(pairs(scan({ lines: both }), scan({ lines: both, path: 'lib/b.js' }))).toEqual(['0>0', '1>1']);
    expect(pairs(scan({ lines: both }), [...scan({ lines: both, path: 'lib/b.js' }), ...scan({ lines: both })])).toEqual(['0>2', '1>3']);
  });

  it('a_flaw_that_is_mended_and_one_that_comes_elsewhere_are_two', () => {
    expect(pairs(scan({ lines: first }), scan({ lines: second }))).toEqual([]);
    expect(pairs(scan({ lines: first }), scan({ lines: second, path: 'src/c.js' }))).toEqual([]);
    const mended = first.map((line) => line.replace('exec("ping " + host)', 'execFile("ping", [host])'));
    const beside = [...mended.slice(0, 5), '  exec("kill " + request.query.pid);', ...mended.slice(5)];
    expect(pairs(scan({ lines: first }), scan({ lines: beside }))).toEqual([]);
  });

  it('an_edited_line_between_the_same_lines_is_the_same_flaw', () => {
    const edited = first.map((line) => line.replace('"ping " + host', '`ping -c 1 ${host}`'));
    expect(pairs(scan({ lines: first }), scan({ lines: edited }))).toEqual(['0>0']);
  });

  it('other_rules_are_other_flaws_unless_the_rule_has_only_been_renamed', () => {
    const [known, seen] = [scan({ lines: first, rule: 'js/old' }), scan({ lines: first, rule: 'js/new' })];
    expect(pairs(known, seen)).toEqual([]);
    expect([...matchLineage(known, seen, [['js/old', 'js/new']])]).toEqual([[0, 0]]);
    expect([
      ...matchLineage(known, seen, [
        ['js/old', 'js/older'],
        ['js/older', 'js/new'],
      ]),
    ]).toEqual([[0, 0]]);
    expect([
      ...matchLineage(known, seen, [
        ['js/old', 'js/ring'],
        ['js/ring', 'js/old'],
      ]),
    ]).toEqual([]);
  });

  it('what_has_ended_is_taken_up_again_where_it_was_and_a_live_one_comes_first', () => {
    const gone = scan({ lines: first, live: false });
    expect(pairs(gone, scan({ lines: first }))).toEqual(['0>0']);
    expect(pairs(gone, scan({ lines: first, path: 'lib/b.js' }))).toEqual([]);
    expect(pairs([...gone, ...scan({ lines: first })], scan({ lines: first }))).toEqual(['1>0']);
  });
});
