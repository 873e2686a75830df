import type { AuditHeadView } from '@lib/contract';
import { emptyRoot, formatVerifierKey } from '@lib/engine/tlog';
import { findAuditHead, flushAudit, logVerifierKey } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';

/** Reads the signed head of the log and the key that verifies it. A log without a checkpoint yet is the empty tree. */
export async function getAuditHead(deps: ExportDeps, caller: Caller): Promise<AuditHeadView> {
  const [head, key] = await Promise.all([
    deps.tenancy.withTenant(caller, 'show the head of the audit log', findAuditHead),
    logVerifierKey(deps.logKeys, caller.tenantId),
  ]);
  return { ...(head ?? (await emptyHead(deps, caller))), verifierKey: formatVerifierKey(key) };
}

/** Before the first checkpoint there may be events that wait for it. */
async function emptyHead({ tenancy }: ExportDeps, caller: Caller): Promise<Omit<AuditHeadView, 'verifierKey'>> {
  const flushed = await flushAudit({ tenancy, waitMsMax: 0 }, caller);
  return { size: 0, root: Buffer.from(emptyRoot).toString('hex'), checkpoint: '', pending: flushed.ok ? 0 : flushed.error.pending };
}
