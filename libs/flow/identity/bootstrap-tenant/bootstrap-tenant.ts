import { limits, memberIdSchema, tokenIdSchema, type MemberId, type TenantId, type TenantPass } from '@lib/contract';
import { DAY_MS, Fault } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { TenantTx } from '@lib/guard/tenancy';
import { hashSecret, makeSecret } from '@lib/platform/http';
import type { Kms } from '@lib/platform/kms';
import type { IdentityDeps } from '../identity-deps.ts';
import { findTenant, insertCredential, insertTenant, insertToken } from '../identity.store.ts';
import { insertMember, lockOwners } from '../member.store.ts';

/** What start-up hands to the person at the keyboard. Both are secrets; neither is stored. */
export type Bootstrapped = {
  readonly tenantId: TenantId;
  /** Signs in to the dashboard once, within `limits.signInCodeMs`. */
  readonly signInCode: string;
  /** The command line's own token, valid for `cliTokenDays`. */
  readonly cliToken: string;
  readonly created: boolean;
};

const cliTokenDays = 7; // each start makes a new one

/** What start-up uses. The tenant's keys are made before its first row, so that no event waits for a key. */
export type BootstrapDeps = Pick<IdentityDeps, 'tenancy' | 'clock' | 'ids'> & { readonly kms: Pick<Kms, 'createTenantKey'> };

/**
 * Makes the tenant and its first owner when they are absent, and each time a one-time sign-in code for the owner and a token for the
 * command line, which is the operator's and no member's.
 * The caller keeps `tenantId` between starts. Faults: `identity.tenant_key_refused` when its keys were destroyed.
 */
export async function bootstrapTenant(
  deps: BootstrapDeps,
  tenant: { readonly tenantId: TenantId; readonly name: string; readonly pass: TenantPass },
): Promise<Bootstrapped> {
  const keys = await deps.kms.createTenantKey(tenant.tenantId);
  if (!keys.ok) throw new Fault('identity.tenant_key_refused', { internal: `tenant \`${tenant.tenantId}\`: ${keys.error.code}` });
  const context = { tenantId: tenant.tenantId, actor: { type: 'system', id: 'start-up' }, pass: tenant.pass } as const;
  const signInCode = makeSecret();
  const cliToken = makeSecret();
  const nowMs = deps.clock.nowMs();
  const inMs = (ms: number): string => new Date(nowMs + ms).toISOString();
  const token = {
    id: tokenIdSchema.parse(deps.ids.uuid()),
    name: 'command line',
    scope: 'admin',
    createdAt: inMs(0),
    expiresAt: inMs(cliTokenDays * DAY_MS),
  } as const;
  const code = { hash: hashSecret(signInCode), kind: 'code', subjectId: deps.ids.uuid(), scope: 'admin' } as const;
  return deps.tenancy.withTenant(context, 'start up', async (tx) => {
    const created = (await findTenant(tx)) === undefined;
    if (created) {
      await insertTenant(tx, tenant.name);
      const targets = [{ type: 'tenant', id: tenant.tenantId }];
      await recordAudit(tx, { action: 'tenant.created', targets, outcome: 'success' }, deps);
    }
    const memberId = await firstOwner(tx, deps);
    await Promise.all([
      insertToken(tx, { ...token, memberId: null }),
      insertCredential(tx, { ...token, hash: hashSecret(cliToken), kind: 'token', subjectId: token.id, memberId: null }),
      insertCredential(tx, { ...code, memberId, expiresAt: inMs(limits.signInCodeMs) }),
      recordAudit(tx, { action: 'token.created', targets: [{ type: 'token', id: token.id }], outcome: 'success' }, deps),
    ]);
    return { tenantId: tenant.tenantId, signInCode, cliToken, created };
  });
}

/** The owner who has been there longest; made where there is none, so that whoever runs the server can always come in. */
async function firstOwner(tx: TenantTx, deps: BootstrapDeps): Promise<MemberId> {
  const [found] = await lockOwners(tx, 1);
  if (found !== undefined) return found;
  const id = memberIdSchema.parse(deps.ids.uuid());
  await insertMember(tx, { id, name: 'Owner', email: null, role: 'owner' });
  const targets = [{ type: 'member', id }];
  await recordAudit(tx, { action: 'member.added', targets, outcome: 'success', detail: { role: 'owner' } }, deps);
  return id;
}
