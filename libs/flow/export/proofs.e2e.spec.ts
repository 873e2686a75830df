import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventProofSchema, logProofSchema, type EventProofView } from '@lib/contract';
import {
  formatTrustPolicy,
  leafHash,
  parseCheckpoint,
  parseTrustPolicy,
  parseVerifierKey,
  verifyTlogProof,
  type ProvedEntry,
} from '@lib/engine/tlog';
import { recordAudit } from '@lib/guard/audit';
import { systemClock, systemIds } from '@lib/platform/clock';
import { testApi, type TestApi } from '../../../tools/testing/api.ts';
import { auditPlacing, type AuditPlacing } from '../../../tools/testing/place-audit.ts';

let api: TestApi;
let placing: AuditPlacing;
beforeAll(async () => {
  api = await testApi();
  placing = auditPlacing(api);
});
afterAll(async () => {
  await placing.close();
  await api.close();
});

const proofOf = (id: string, token = api.acme.admin) => api.ask('GET', `/v1/audit/events/${id}/proof`, { token });
async function eventOf(tenant: TestApi['acme']): Promise<string> {
  const [row] = await api.database.admin('select event_id from app.audit_leaf where tenant_id = $1 and event_id is not null order by idx', [
    tenant.id,
  ]);
  return String(row?.['event_id']);
}

/** As a stranger does it: with the key that was published, the text and the proof, and nothing else. */
function check(proof: { readonly entry: string; readonly proof: string; readonly verifierKey: string }): ProvedEntry {
  const key = parseVerifierKey(proof.verifierKey);
  const policy = key.ok ? parseTrustPolicy(formatTrustPolicy(key.value)) : key;
  if (!policy.ok) throw new Error(policy.error.code);
  const proved = verifyTlogProof(proof.proof, leafHash(Buffer.from(proof.entry)), policy.value);
  if (!proved.ok) throw new Error(proved.error.code);
  return proved.value;
}

describe('proveEvent', () => {
  let shown: EventProofView;

  test('200_is_a_tlog_proof_that_verifies_with_the_published_key_alone_and_for_no_other_entry', async () => {
    await placing.place(api.acme.id, api.other.id);
    const id = await eventOf(api.acme);
    shown = eventProofSchema.parse((await proofOf(id)).json);
    expect(check(shown).index).toBe(BigInt(shown.index));
    expect(JSON.parse(shown.entry)).toMatchObject({ id, tenant: api.acme.id });
    expect(Buffer.from(leafHash(Buffer.from(shown.entry))).toString('hex')).toBe(shown.leafHash);
    expect(() => check({ ...shown, entry: shown.entry.replace('"success"', '"denied"') })).toThrow('tlog.');
  });

  test('200_that_it_was_shown_is_an_event', async () => {
    const events = await api.audit(api.acme.id, 'audit.proved');
    expect(events[0]?.targets).toEqual([{ type: 'audit_event', id: shown.eventId }]);
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await proofOf('7')).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', `/v1/audit/events/${randomUUID()}/proof`)).status).toBe(401);
  });

  test('403_for_a_credential_of_scope_write', async () => {
    expect((await proofOf(randomUUID(), api.acme.write)).status).toBe(403);
  });

  test('404_for_another_tenants_event_as_for_one_that_does_not_exist', async () => {
    for (const id of [await eventOf(api.other), randomUUID()]) expect((await proofOf(id)).code).toBe('audit.event_not_found');
  });

  test('409_while_it_waits_for_its_place', async () => {
    const ids = { uuid: () => waiting };
    const waiting = systemIds.uuid();
    await api.tenancy.withTenant(api.acme.context, 'test', (tx) =>
      recordAudit(tx, { action: 'finding.read', targets: [], outcome: 'success' }, { clock: systemClock, ids }),
    );
    expect((await proofOf(waiting)).code).toBe('audit.entry_not_placed');
    await placing.place(api.acme.id);
    expect((await proofOf(waiting)).status).toBe(200);
  });
});

describe('proveLog', () => {
  const ask = (token?: string) => api.ask('GET', '/v1/audit/log-proof', token === undefined ? {} : { token });

  test('409_before_the_log_is_counted', async () => {
    const fresh = await testApi();
    expect((await fresh.ask('GET', '/v1/audit/log-proof', { token: fresh.acme.read })).code).toBe('audit.entry_not_placed');
    await fresh.close();
  });

  test('200_proves_the_tenants_own_checkpoint_in_the_log_of_logs', async () => {
    await placing.place(api.acme.id, api.other.id);
    const shown = logProofSchema.parse((await ask(api.acme.read)).json);
    expect(check(shown).checkpoint.origin).toBe('audit.test/logs');
    const counted = parseCheckpoint(shown.entry);
    expect(counted.ok && [counted.value.origin, Number(counted.value.size)]).toEqual([`audit.test/t/${api.acme.id}`, shown.size]);
    expect(shown.entry).not.toContain(api.other.id);
  });

  test('401_without_a_live_credential', async () => {
    expect((await ask()).status).toBe(401);
  });
});

describe('erasePersonal', () => {
  const erase = (body: unknown, token?: string) => api.ask('POST', '/v1/audit/erasures', token === undefined ? { body } : { token, body });
  const kept = async (tenant: TestApi['acme']) => {
    const [row] = await api.database.admin('select count(*)::int as n from app.audit_detail where tenant_id = $1', [tenant.id]);
    return row?.['n'];
  };

  test('200_destroys_the_persons_data_and_no_other_tenants_and_the_log_still_verifies', async () => {
    const deps = { clock: systemClock, ids: systemIds, personalKeys: api.keyring };
    for (const tenant of [api.acme, api.other]) {
      await api.tenancy.withTenant(tenant.context, 'test', (tx) =>
        recordAudit(
          tx,
          { action: 'finding.read', targets: [], outcome: 'success', personal: { subject: 'p', data: { ip: '192.0.2.1' } } },
          deps,
        ),
      );
    }
    expect((await erase({ subject: 'p' }, api.acme.admin)).json).toEqual({ erased: true });
    expect([await kept(api.acme), await kept(api.other)]).toEqual([0, 1]);
    await placing.place(api.acme.id);
    expect((await api.ask('POST', '/v1/audit/verify', { token: api.acme.admin, body: {} })).json).toMatchObject({ ok: true });
    expect((await erase({ subject: 'p' }, api.acme.admin)).json).toEqual({ erased: false });
  });

  test('400_without_a_subject', async () => {
    expect((await erase({}, api.acme.admin)).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await erase({ subject: 'p' })).status).toBe(401);
  });

  test('403_for_a_credential_of_scope_write', async () => {
    expect((await erase({ subject: 'p' }, api.acme.write)).status).toBe(403);
  });
});
