import { readIsolationText, type SignedIsolation } from '@lib/contract';
import { err, ok, present, type Result } from '@lib/kernel';
import { formatVerifierKey, openNote } from '@lib/engine/tlog';
import { logVerifierKey, recordRead } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import type { IsolationDeps } from '../isolation-deps.ts';
import { findNote } from '../isolation.store.ts';

/** The newest signed result; what is stored is shown only when its signature holds. Errors: `isolation.never_ran`. */
export async function getIsolationResult(
  deps: IsolationDeps,
  caller: Caller,
): Promise<Result<SignedIsolation, { readonly code: 'isolation.never_ran' }>> {
  const note = await recordRead(deps, caller, {
    purpose: 'read the result of the isolation probe',
    read: findNote,
    draft: (found) => (found === undefined ? undefined : { action: 'isolation.result_read', targets: [], detail: {} }),
  });
  if (note === undefined) return err({ code: 'isolation.never_ran' });
  const key = await logVerifierKey(deps.logKeys, caller.tenantId);
  const opened = openNote(Buffer.from(note, 'utf8'), [key]);
  const result = present(opened.ok ? readIsolationText(opened.value) : undefined, 'a stored result holds');
  return ok({ result, note, verifierKey: formatVerifierKey(key) });
}
