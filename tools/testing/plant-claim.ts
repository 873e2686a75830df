import { randomUUID } from 'node:crypto';
import type { SuppressionScope, TenantId } from '@lib/contract';
import type { TestDatabase } from './database.ts';

/** A claim as its row has it, without a signature that anybody could check: for tests of what happens to it later. */
export type PlantedClaim = {
  readonly scope: SuppressionScope;
  /** Findings that it lists, as they are. */
  readonly findings?: readonly string[];
  /** Units: ms from now; in the past when negative. */
  readonly expiresInMs?: number;
};

const answer = {
  id: 'YQ',
  rawId: 'YQ',
  type: 'public-key',
  response: { clientDataJSON: 'YQ', authenticatorData: 'YQ', signature: 'YQ' },
};

/** Plants a claim of a member and moves the findings that it lists. */
export async function plantClaim(
  database: TestDatabase,
  tenantId: TenantId,
  { scope, findings = [], expiresInMs = 86_400_000 }: PlantedClaim,
): Promise<string> {
  const [id, member] = [randomUUID(), randomUUID()];
  await database.admin(`insert into app.member (tenant_id, id, name, email, role) values ($1, $2, 'Ada', $3, 'analyst')`, [
    tenantId,
    member,
    `${member}@people.test`,
  ]);
  await database.admin(
    `insert into app.suppression (tenant_id, id, member_id, decision, reason, scope, scope_kind, signed_at, expires_at, action, action_sha256,
       assertion, credential_id, public_key, origin, rp_id)
     values ($1, $2, $3, 'accepted_risk', 'a reason of a person', $4::jsonb, $4::jsonb ->> 'kind', now() - interval '10 days',
       now() + $5 * interval '1 millisecond', $6, sha256(convert_to($6, 'UTF8')), $7, sha256('c'), sha256('k'), 'https://aegis.test', 'aegis.test')`,
    [tenantId, id, member, JSON.stringify(scope), expiresInMs, `a text ${id}`, JSON.stringify(answer)],
  );
  for (const finding of findings) {
    await database.admin(
      `insert into app.suppression_item (tenant_id, suppression_id, finding_id, content_sha256, rule_version)
       select tenant_id, $2, id, content_sha256, rule_version from app.finding where id = $1`,
      [finding, id],
    );
    await database.admin(
      `update app.finding f set state = s.decision, suppression_id = s.id, suppressed_until = s.expires_at from app.suppression s
       where f.id = $1 and s.id = $2`,
      [finding, id],
    );
  }
  return id;
}
