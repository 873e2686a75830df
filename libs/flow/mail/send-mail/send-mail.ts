import { recordAudit, type AuditDeps } from '@lib/guard/audit';
import { completeJob, type RunningJob } from '@lib/guard/jobs';
import type { Tenancy, TenantContext } from '@lib/guard/tenancy';
import { Fault } from '@lib/kernel';
import type { SendMail } from '@lib/platform/mail';
import { findWaitingMail, markMailFailed, markMailSent, type WaitingMail } from '../mail.store.ts';
import { mailText } from './mail-text.ts';

/** What the job uses. `publicOrigin`: where the dashboard is, for links. */
export type SendMailDeps = AuditDeps & { readonly tenancy: Tenancy; readonly send: SendMail; readonly publicOrigin: string | undefined };

/**
 * Sends a message that waits. One that is killed between the server's yes and our note is sent again, under the same id. What the server
 * will never take, and a member without an address, end it; anything else is noted and tried again. Faults: `mail.unavailable`.
 */
export async function sendMail(deps: SendMailDeps, job: RunningJob<'mail.send'>): Promise<void> {
  const context: TenantContext = { tenantId: job.tenantId, actor: { type: 'worker', id: job.id }, pass: job.pass };
  const { mailId } = job.payload;
  const waiting = await deps.tenancy.withTenant(context, 'mail.send', async (tx) => {
    const found = await findWaitingMail(tx, mailId);
    if (found === undefined) await completeJob(tx, job);
    return found;
  });
  if (waiting === undefined) return;
  const errorCode = await hand(deps, job, waiting);
  const last = errorCode === 'mail.refused' || errorCode === 'mail.no_address';
  await deps.tenancy.withTenant(context, 'mail.send', async (tx) => {
    const noted = errorCode === undefined ? await markMailSent(tx, mailId) : await markMailFailed(tx, mailId, { errorCode, last });
    const detail = { kind: waiting.kind, ...(errorCode === undefined ? {} : { errorCode }) };
    const targets = [
      { type: 'mail', id: mailId },
      { type: 'member', id: waiting.memberId },
    ];
    if (noted && errorCode === undefined) await recordAudit(tx, { action: 'mail.sent', targets, outcome: 'success', detail }, deps);
    if (noted && last) await recordAudit(tx, { action: 'mail.failed', targets, outcome: 'failure', detail }, deps);
    if (errorCode === undefined || last) await completeJob(tx, job);
  });
  if (errorCode !== undefined && !last) throw new Fault('mail.unavailable', { internal: errorCode });
}

/** Answers why it was not taken, or nothing. */
async function hand({ send, publicOrigin }: SendMailDeps, job: RunningJob<'mail.send'>, waiting: WaitingMail): Promise<string | undefined> {
  if (waiting.email === null) return 'mail.no_address';
  const sent = await send({ id: job.payload.mailId, to: waiting.email, ...mailText({ ...waiting, origin: publicOrigin }) });
  return sent.ok ? undefined : sent.error.code;
}
