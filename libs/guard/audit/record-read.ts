import type { AuditDraft } from '@lib/contract';
import type { Tenancy, TenantContext, TenantTx } from '@lib/guard/tenancy';
import { type AuditDeps, recordAudit } from './record-audit.ts';

/** What is read, and what the log says of it; nothing for an answer that shows nothing. */
export type RecordedRead<T> = {
  readonly purpose: string;
  readonly read: (tx: TenantTx) => Promise<T>;
  readonly draft: (value: T) => Omit<AuditDraft, 'outcome'> | undefined;
};

/**
 * Reads, and writes down that it was read, in one transaction: where the event cannot be written, nothing is answered.
 * Errors: as any statement.
 */
export function recordRead<T>(
  deps: AuditDeps & { readonly tenancy: Pick<Tenancy, 'withTenant'> },
  context: TenantContext,
  { purpose, read, draft }: RecordedRead<T>,
): Promise<T> {
  return deps.tenancy.withTenant(context, purpose, async (tx) => {
    const value = await read(tx);
    const event = draft(value);
    if (event !== undefined) await recordAudit(tx, { ...event, outcome: 'success' }, deps);
    return value;
  });
}
