import { describe, expect, it } from 'vitest';
import type { SandboxMessage } from '@lib/contract';
import { testDraft } from '../../../tools/testing/stages.ts';
import { collectMessages } from './collect-messages.ts';
import type { KeySecret } from './sandbox.ts';
import { noLayers } from './sandbox.ts';

const digest = 'ab'.repeat(32);
const forged = 'cd'.repeat(32);
const lineage = { context: '0'.repeat(32) };
const walls = { environment: 'local', bubblewrap: true, cgroup: true } as const;
const layers = {
  ...noLayers,
  launcher: 'native',
  noNewPrivileges: true,
  landlockAbi: 3,
  seccompStage1: true,
  seccompStage2: true,
  bubblewrap: true,
  unprivilegedUser: true,
} as const;

/** What comes out for one finding on the pipe. */
function read(finding: object, keySecret?: KeySecret): SandboxMessage | undefined {
  const reader = collectMessages(['secrets'], keySecret).readerFor(walls);
  reader.accept(JSON.stringify({ type: 'locked', layers }));
  const meaning = reader.accept(JSON.stringify({ type: 'finding', finding }));
  return meaning.kind === 'message' ? meaning.message : undefined;
}

describe('the digest of a secret', () => {
  const draft = { ...testDraft('a', { analyzer: 'secrets', ruleId: 'secret/jwt', lineage }), secretDigest: digest };

  it('is_under_the_tenants_key_before_anybody_else_sees_it', () => {
    const message = read(draft, (raw) => raw.replaceAll('ab', '12'));
    expect(message).toMatchObject({ finding: { lineage: { ...lineage, secret: '12'.repeat(32) } } });
    expect(JSON.stringify(message)).not.toContain(digest);
  });

  it('is_dropped_where_there_is_no_key', () => {
    const message = read(draft);
    expect(message).toMatchObject({ type: 'finding', finding: { lineage } });
    expect(JSON.stringify(message)).not.toContain(digest);
    expect(JSON.stringify(message)).not.toContain('"secret"');
  });

  it('that_the_sandbox_says_is_keyed_already_is_not_believed', () => {
    const message = read({ ...draft, secretDigest: undefined, lineage: { ...lineage, secret: forged } }, (raw) => raw);
    expect(message).toMatchObject({ type: 'finding' });
    expect(JSON.stringify(message)).not.toContain(forged);
  });
});
