import type { Route } from '@lib/contract';
import { z } from 'zod';
import type { Caller } from './call.ts';
import type { Door } from './door.ts';
import type { Input } from './read-input.ts';
import { RefusedCall } from './to-problem.ts';

const namedSchema = z.object({ repositoryId: z.string() });
const scanSchema = z.object({ scanId: z.string() });

/**
 * Keeps a credential that is bound to one repository to it: what the request names, or what the scan that it names is of, must be that one.
 * Anything else looks as if it were not there. Errors: `repository.not_found`, `scan.not_found`.
 */
export async function confineToRepository(
  door: Pick<Door, 'repositoryOfScan'>,
  caller: Caller,
  { route, input }: { readonly route: Route; readonly input: Input },
): Promise<void> {
  if (route.ci === 'scan') {
    const { scanId } = scanSchema.parse(input.params);
    if ((await door.repositoryOfScan(caller, scanId)) !== caller.repositoryId) throw new RefusedCall('scan.not_found');
    return;
  }
  const named = namedSchema.safeParse(input.params).data ?? namedSchema.safeParse(input.body).data;
  if (named?.repositoryId !== caller.repositoryId) throw new RefusedCall('repository.not_found');
}
