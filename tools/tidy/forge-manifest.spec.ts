import { describe, expect, it } from 'vitest';
import { forgeManifests } from '@lib/contract';

// What our Apps may write. Anything else is a decision that somebody takes on purpose, with a record of it, here.
const mayWrite = { reader: ['checks'], remediator: ['contents', 'pull_requests'] } as const;
const neverAsked = /^(?:administration|secrets|workflows|actions|environments|members|organization_.*|.*_secrets|repository_hooks)$/u;

describe.each(Object.entries(forgeManifests))('the manifest of the %s', (kind, manifest) => {
  const asked: readonly (readonly [string, string])[] = Object.entries(manifest.permissions);

  it('writes_nothing_outside_the_list', () => {
    const allowed: readonly string[] = Object.entries(mayWrite).find(([name]) => name === kind)?.[1] ?? [];
    expect(asked.filter(([name, level]) => level !== 'read' && !allowed.includes(name))).toEqual([]);
  });

  it('asks_for_nothing_that_is_never_asked', () => {
    expect(asked.filter(([name]) => neverAsked.test(name))).toEqual([]);
  });

  it('is_what_was_agreed_on', () => {
    expect([kind, manifest.permissions, manifest.events]).toEqual(
      kind === 'reader'
        ? [
            'reader',
            { metadata: 'read', contents: 'read', pull_requests: 'read', checks: 'write' },
            ['push', 'pull_request', 'check_run', 'check_suite', 'repository'],
          ]
        : ['remediator', { metadata: 'read', contents: 'write', pull_requests: 'write' }, []],
    );
  });
});
