import { describe, expect, it } from 'vitest';
import { limits, type Component, type SandboxMessage } from '@lib/contract';
import { boundedReport } from './bounded-report.ts';

const component: Component = { purl: 'pkg:npm/a@1', name: 'a', version: '1', path: 'package-lock.json', dev: false, dependsOn: [] };

function saidOf(components: readonly Component[], before = 0): readonly SandboxMessage[] {
  const said: SandboxMessage[] = [];
  const budget = { findings: 0, components: before };
  const { report } = boundedReport({ analyzer: 'sca', filesTotal: 1, budget, emit: (message) => void said.push(message) });
  for (const one of components) report.component?.(one);
  return said.filter((message) => message.type !== 'progress');
}

describe('packages of a report', () => {
  it('one_that_cannot_be_listed_is_said_once_a_file_and_the_next_one_is_listed', () => {
    const long = { ...component, name: 'a'.repeat(limits.noteCharsMax + 1) };
    expect(saidOf([long, long, component])).toEqual([
      {
        type: 'coverage',
        entry: {
          path: 'package-lock.json',
          reason: 'limit_reached',
          analyzer: 'sca',
          detail: 'a package of a name or version that is too long to list',
        },
      },
      { type: 'component', component },
    ]);
  });

  it('past_the_bound_of_a_scan_none_is_listed_and_that_is_said_of_the_whole_tree', () => {
    const said = saidOf([component, component, component], limits.componentsPerScanMax - 1);
    expect(said.map((message) => (message.type === 'coverage' ? message.entry.path : message.type))).toEqual(['component', '.']);
  });

  it('one_that_needs_more_than_a_line_can_hold_is_left_out', () => {
    const dependsOn = Array.from({ length: limits.componentEdgesMax }, (_, index) => `pkg:npm/${'b'.repeat(200)}@${String(index)}`);
    expect(saidOf([{ ...component, dependsOn }])).toMatchObject([{ type: 'coverage', entry: { reason: 'limit_reached' } }]);
  });
});
