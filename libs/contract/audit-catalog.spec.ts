import { describe, expect, it } from 'vitest';
import { auditActions } from './audit.ts';
import { auditCatalog, beyondCatalog } from './audit-catalog.ts';

describe('the catalogue of events', () => {
  it('is_what_readers_of_the_log_are_promised', async () => {
    const lines = auditActions.map((action) => {
      const { targets, detail } = auditCatalog[action];
      const members = Object.entries(detail).map(([name, kind]) => `${name}:${kind}`);
      return `${action.padEnd(30)}${(targets.join(' ') || '-').padEnd(24)}${members.join(' ') || '-'}`;
    });
    const head = '# action, kinds of its targets, members of its detail; lines and members are added, none goes';
    await expect([head, ...lines, ''].join('\n')).toMatchFileSnapshot('audit-catalog.txt');
  });

  it('lets_an_event_say_what_stands_in_its_line_and_no_more', () => {
    const said = { action: 'archive.uploaded', targets: [{ type: 'archive' }], detail: { bytes: 3, sha256: 'a'.repeat(64) } } as const;
    expect(beyondCatalog(said)).toEqual([]);
    expect(beyondCatalog({ ...said, targets: [{ type: 'finding' }], detail: { bytes: 3, path: 'src/a.js' } })).toEqual([
      'target finding',
      'detail path',
    ]);
    expect(beyondCatalog({ ...said, detail: { bytes: '3' } })).toEqual(['detail bytes']);
    expect(beyondCatalog({ ...said, detail: { toString: 'x' } })).toEqual(['detail toString']);
  });

  it.each([
    ['source text', 'const a = 1;'],
    ['a path', 'src/index.js'],
    ['a line break', 'a\nb'],
    ['a long word', 'a'.repeat(101)],
    ['an address of a person', 'zoe@example.test'],
  ])('takes_no_%s_for_a_code', (_, reason) => {
    expect(beyondCatalog({ action: 'evidence.read', targets: [], detail: { reason } })).toEqual(['detail reason']);
  });
});
