import { describe, expect, it } from 'vitest';
import { canonicalJson } from '@lib/kernel';
import { auditEventSchema } from './audit.ts';

const base = {
  id: '0190f5a0-0000-7000-8000-000000000001',
  tenant: '00000000-0000-4000-8000-000000000002',
  action: 'finding.read',
  occurredAt: '2026-01-02T03:04:05.678Z',
  actor: { type: 'token', id: 't' },
  targets: [{ type: 'finding', id: 'f' }],
  purpose: 'show a finding',
  outcome: 'success',
  context: { requestId: 'r' },
} as const;
const second = {
  ...base,
  v: 2,
  decision: 'allow',
  ticket: 'T-1',
  policy: { bundle: 'b', decision: 'd' },
  commitment: 'a'.repeat(64),
} as const;

describe('audit event', () => {
  it('of_version_1_reads_and_renders_as_on_its_first_day', () => {
    const bytes = canonicalJson(auditEventSchema.parse({ ...base, v: 1 }));
    expect(bytes).toBe(
      '{"action":"finding.read","actor":{"id":"t","type":"token"},"context":{"requestId":"r"},"id":"0190f5a0-0000-7000-8000-000000000001","occurredAt":"2026-01-02T03:04:05.678Z","outcome":"success","purpose":"show a finding","targets":[{"id":"f","type":"finding"}],"tenant":"00000000-0000-4000-8000-000000000002","v":1}',
    );
  });

  it('of_version_2_adds_decision_ticket_policy_and_commitment', () => {
    const bytes = canonicalJson(auditEventSchema.parse(second));
    expect(bytes).toBe(
      `{"action":"finding.read","actor":{"id":"t","type":"token"},"commitment":"${'a'.repeat(64)}","context":{"requestId":"r"},"decision":"allow","id":"0190f5a0-0000-7000-8000-000000000001","occurredAt":"2026-01-02T03:04:05.678Z","outcome":"success","policy":{"bundle":"b","decision":"d"},"purpose":"show a finding","targets":[{"id":"f","type":"finding"}],"tenant":"00000000-0000-4000-8000-000000000002","ticket":"T-1","v":2}`,
    );
    const least = { ...base, v: 2, decision: 'allow' } as const;
    expect(auditEventSchema.parse(least)).toEqual(least);
  });

  it('of_version_3_adds_where_a_request_came_from', () => {
    const third = { ...base, v: 3, decision: 'allow', context: { requestId: 'r', ip: '2001:db8::1', client: 'Firefox on Linux' } } as const;
    expect(canonicalJson(auditEventSchema.parse(third))).toContain(
      '"context":{"client":"Firefox on Linux","ip":"2001:db8::1","requestId":"r"},"decision":"allow"',
    );
    expect(auditEventSchema.safeParse({ ...third, v: 2 }).success).toBe(false);
    expect(auditEventSchema.safeParse({ ...third, context: { ip: 'a host' } }).success).toBe(false);
  });

  it('has_no_member_of_another_version_and_none_for_content', () => {
    for (const wrong of [
      { ...second, v: 1 },
      { ...base, v: 3 },
      { ...base, v: 2 },
      { ...second, note: 'text' },
      { ...second, commitment: 'x' },
    ])
      expect(auditEventSchema.safeParse(wrong).success).toBe(false);
  });
});
