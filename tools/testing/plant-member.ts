import { randomUUID } from 'node:crypto';
import { memberIdSchema, type MemberId, type Role, type TenantId } from '@lib/contract';
import { hashSecret, makeSecret } from '@lib/platform/http';
import type { Ask, TestApi, TestTenant } from './api.ts';

/** A member who is signed in. `headers` are what their browser sends from our own page. */
export type PlantedMember = {
  readonly id: MemberId;
  readonly sessionId: string;
  readonly secret: string;
  readonly headers: NonNullable<Ask['headers']>;
};

/** Plants an active member of a role, with a session, so that tests of other endpoints do not lean on signing in. */
export async function plantMember(
  api: Pick<TestApi, 'database' | 'base'>,
  tenant: Pick<TestTenant, 'id'>,
  role: Role,
): Promise<PlantedMember> {
  const id = memberIdSchema.parse(randomUUID());
  await api.database.admin('insert into app.member (tenant_id, id, name, email, role) values ($1, $2, $3, $4, $5)', [
    tenant.id,
    id,
    `The ${role}`,
    `${id}@people.test`,
    role,
  ]);
  return { id, ...(await plantSession(api, tenant.id, { id, role })) };
}

/** Plants one more session of a member. */
export async function plantSession(
  api: Pick<TestApi, 'database' | 'base'>,
  tenantId: TenantId,
  member: { readonly id: MemberId; readonly role: Role },
): Promise<Omit<PlantedMember, 'id'>> {
  const sessionId = randomUUID();
  const secret = makeSecret();
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  await api.database.admin(
    `insert into app.session (tenant_id, id, scope, member_id, client, expires_at) values ($1, $2, 'admin', $3, 'a test', $4)`,
    [tenantId, sessionId, member.id, expires],
  );
  await api.database.admin(
    `insert into identity.credential (hash, tenant_id, kind, subject_id, scope, expires_at, member_id, role, person, idle_seconds, last_used_at)
     values ($1, $2, 'session', $3, 'admin', $4, $5, $6, true, 3600, now())`,
    [hashSecret(secret), tenantId, sessionId, expires, member.id, member.role],
  );
  const headers = { cookie: `aegis_session=${secret}`, 'x-aegis-request': '1', origin: api.base };
  return { sessionId, secret, headers };
}
