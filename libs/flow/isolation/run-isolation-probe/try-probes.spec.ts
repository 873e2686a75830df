import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { tenantIdSchema } from '@lib/contract';
import { err, Fault } from '@lib/kernel';
import { noPass } from '@lib/guard/tenancy';
import { tryProbes } from './try-probes.ts';

const tenantId = tenantIdSchema.parse(randomUUID());
const caller = { tenantId, actor: { type: 'system', id: 'test' }, pass: noPass } as const;
const decoy = {
  decoy_id: tenantIdSchema.parse(randomUUID()),
  repository_id: randomUUID(),
  scan_id: randomUUID(),
  finding_id: randomUUID(),
  canary: 'decoy',
  planted: 3,
};
const keyless = {
  encrypt: () => Promise.resolve(err({ code: 'kms.key_absent' as const })),
  decrypt: () => Promise.resolve(err({ code: 'kms.refused' as const })),
};

test.each([new Fault('db.unavailable', { internal: 'gone' }), new Error('a bug')])(
  'what_could_not_be_tried_is_never_told_as_held',
  async (fault) => {
    const failing = () => Promise.reject(fault);
    const tried = await tryProbes({ tenancy: { withTenant: failing, withTenantOnce: failing }, kms: keyless }, caller, decoy);
    expect(new Set(tried.map(({ outcome }) => outcome))).toEqual(new Set(['not-run']));
  },
);
