import type { TenantId } from '@lib/contract';
import { signNote } from '@lib/engine/tlog';
import { assert } from '@lib/kernel';
import { logSigner, type LogKeys } from './log-name.ts';

/**
 * Signs a statement about a tenant with the key of its log, as a C2SP note. Its first line has a space, and the name of a log, which
 * begins every checkpoint, has none: neither is ever taken for the other. Faults: `audit.log_key_missing`.
 */
export async function signStatement(keys: LogKeys, tenantId: TenantId, text: string): Promise<string> {
  assert(/^aegis [a-z ]+\n/u.test(text), 'a statement begins with a line that no log is named by');
  return signNote(text, await logSigner(keys, tenantId));
}
