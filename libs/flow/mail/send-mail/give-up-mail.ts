import type { MailId } from '@lib/contract';
import { recordAudit, type AuditDeps } from '@lib/guard/audit';
import type { TenantTx } from '@lib/guard/tenancy';
import { markMailFailed } from '../mail.store.ts';

/** Ends a message whose job was given up, in the transaction that gives it up. */
export async function giveUpMail(
  deps: AuditDeps,
  tx: TenantTx,
  of: { readonly mailId: MailId; readonly errorCode: string },
): Promise<void> {
  if (!(await markMailFailed(tx, of.mailId, { errorCode: of.errorCode, last: true }))) return;
  const targets = [{ type: 'mail', id: of.mailId }];
  await recordAudit(tx, { action: 'mail.failed', targets, outcome: 'failure', detail: { errorCode: of.errorCode } }, deps);
}
