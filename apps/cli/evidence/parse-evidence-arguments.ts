import { parseArgs } from 'node:util';
import { tenantIdSchema, type TenantId } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';

/** What `aegis evidence verify` was asked to do. */
export type EvidenceArguments = {
  readonly help: boolean;
  readonly dataDirectory: string | undefined;
  readonly tenantId: TenantId | undefined;
};

export const evidenceUsage = `usage: npm run aegis -- evidence verify [--data DIR] [--tenant ID]
       npm run aegis -- evidence hold|release|extend SCAN ..., --help says more

Reads every evidence pack of a tenant out of the store, opens it, and derives it again: object, seal, entries, Merkle root, retention.

  --data DIR    the data folder (default: .aegis in the checkout); works while it is in use, and when nothing runs
  --tenant ID   whose evidence (default: the tenant of the data folder)

exit codes: 0 every pack is what was sealed, 1 a pack is altered or gone (an alarm is raised), 2 usage, or a pack could not be read
`;

/** Reads the arguments of `evidence verify`. Errors: `usage`, with a line for the user. */
export function parseEvidenceArguments(
  argv: readonly string[],
): Result<EvidenceArguments, { readonly code: 'usage'; readonly detail: string }> {
  const options = { data: { type: 'string' }, tenant: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } } as const;
  try {
    const { values } = parseArgs({ args: [...argv], options, strict: true });
    const tenant = tenantIdSchema.optional().safeParse(values.tenant);
    if (!tenant.success) return err({ code: 'usage', detail: '--tenant needs the id of a tenant' });
    return ok({ help: values.help, dataDirectory: values.data, tenantId: tenant.data });
  } catch (error) {
    return err({ code: 'usage', detail: error instanceof Error ? error.message : 'these arguments cannot be read' });
  }
}
