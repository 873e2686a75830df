import type { TenantId } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { type NoteSigner, type VerifierKey, verifierKey } from '@lib/engine/tlog';
import type { Kms } from '@lib/platform/kms';

/** Who signs checkpoints, and under which host the logs are named: `audit.aegis.local`. */
export type LogKeys = { readonly kms: Pick<Kms, 'sign' | 'publicKey'>; readonly host: string };

/** Name of a tenant's log; it stands in each checkpoint and names the key. */
export function logOrigin(host: string, tenantId: TenantId): string {
  return `${host}/t/${tenantId}`;
}

/** The key that verifies a tenant's log; publish it with `formatVerifierKey`. Faults: `audit.log_key_missing`. */
export async function logVerifierKey(keys: LogKeys, tenantId: TenantId): Promise<VerifierKey> {
  const publicKey = await keys.kms.publicKey({ purpose: 'audit-log', tenantId });
  if (!publicKey.ok) throw new Fault('audit.log_key_missing', { internal: `tenant \`${tenantId}\`: ${publicKey.error.code}` });
  return verifierKey(logOrigin(keys.host, tenantId), publicKey.value);
}

/** Signs for a tenant's log. Faults: `audit.log_key_missing`. */
export async function logSigner(keys: LogKeys, tenantId: TenantId): Promise<NoteSigner> {
  const key = await logVerifierKey(keys, tenantId);
  return {
    key,
    sign: async (message) => {
      const signature = await keys.kms.sign({ purpose: 'audit-log', tenantId }, message);
      if (!signature.ok) throw new Fault('audit.log_key_missing', { internal: `tenant \`${tenantId}\`: ${signature.error.code}` });
      return signature.value;
    },
  };
}
