import type { TenantId } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { type NoteSigner, type VerifierKey, verifierKey } from '@lib/engine/tlog';
import type { Kms, SigningKey } from '@lib/platform/kms';

/** Who signs checkpoints, and under which host the logs are named: `audit.aegis.local`. */
export type LogKeys = { readonly kms: Pick<Kms, 'sign' | 'publicKey'>; readonly host: string };

/** Name of a tenant's log; it stands in each checkpoint and names the key. */
export function logOrigin(host: string, tenantId: TenantId): string {
  return `${host}/t/${tenantId}`;
}

/** Name of the log over all tenants' logs. */
export function logsOrigin(host: string): string {
  return `${host}/logs`;
}

/** The key that verifies a tenant's log; publish it with `formatVerifierKey`. Faults: `audit.log_key_missing`. */
export async function logVerifierKey(keys: LogKeys, tenantId: TenantId): Promise<VerifierKey> {
  return (await openSigner(keys, { purpose: 'audit-log', tenantId }, logOrigin(keys.host, tenantId))).key;
}

/** The key that verifies the log of logs. Faults: `audit.log_key_missing`. */
export async function logsVerifierKey(keys: LogKeys): Promise<VerifierKey> {
  return (await logsSigner(keys)).key;
}

/** Signs for a tenant's log. Faults: `audit.log_key_missing`. */
export function logSigner(keys: LogKeys, tenantId: TenantId): Promise<NoteSigner> {
  return openSigner(keys, { purpose: 'audit-log', tenantId }, logOrigin(keys.host, tenantId));
}

/** Signs for the log of logs. Faults: `audit.log_key_missing`. */
export function logsSigner(keys: LogKeys): Promise<NoteSigner> {
  return openSigner(keys, { purpose: 'audit-logs' }, logsOrigin(keys.host));
}

async function openSigner({ kms }: LogKeys, key: SigningKey, name: string): Promise<NoteSigner> {
  const missing = (code: string) => new Fault('audit.log_key_missing', { internal: `log \`${name}\`: ${code}` });
  const publicKey = await kms.publicKey(key);
  if (!publicKey.ok) throw missing(publicKey.error.code);
  return {
    key: verifierKey(name, publicKey.value),
    sign: async (message) => {
      const signature = await kms.sign(key, message);
      if (!signature.ok) throw missing(signature.error.code);
      return signature.value;
    },
  };
}
