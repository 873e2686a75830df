import { Fault } from '@lib/kernel';
import type { Ids } from '@lib/kernel';
import { inviteFirstStaff } from '@lib/guard/tenancy';
import { hashSecret, makeSecret } from '@lib/platform/http';

/** Somebody who may enrol, and the secret that they do it with, shown once. */
export type FirstPerson = { readonly name: string; readonly secret: string };

/**
 * Names the first two people of staff, by the right of whoever administers the server: from then on two people let a third in. The
 * secrets are good for a day and for one passkey each. Faults: `staff.there_already`, `db.*`.
 */
export async function firstStaff(adminUrl: string, ids: Ids, [first, second]: readonly [string, string]): Promise<readonly FirstPerson[]> {
  const people = [first, second].map((name) => ({ id: ids.uuid(), name, secret: makeSecret() }));
  const invited = await inviteFirstStaff(
    adminUrl,
    people.map(({ id, name, secret }) => ({ id, name, hash: hashSecret(secret) })),
  );
  if (!invited)
    throw new Fault('staff.there_already', {
      internal: 'there are people',
      public: 'somebody of staff has an authenticator already: they let others in',
    });
  return people.map(({ name, secret }) => ({ name, secret }));
}
