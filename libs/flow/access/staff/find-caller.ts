import { err, ok, type Result } from '@lib/kernel';
import { hashSecret } from '@lib/platform/http';
import type { StaffCaller, StaffDeps } from './staff-deps.ts';

/** Who calls, by the secret of their cookie; looked up at each request. Errors: `identity.unauthenticated`. */
export async function findCaller(
  { desk }: Pick<StaffDeps, 'desk'>,
  secret: string | undefined,
): Promise<Result<StaffCaller, { readonly code: 'identity.unauthenticated' }>> {
  const hash = secret === undefined ? undefined : hashSecret(secret);
  const self = hash === undefined ? undefined : await desk.self(hash);
  return hash === undefined || self === undefined ? err({ code: 'identity.unauthenticated' }) : ok({ ...self, hash });
}
