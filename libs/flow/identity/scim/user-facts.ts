import type { ScimUserId, ScimUserInput } from '@lib/contract';
import type { ScimUserFacts, ScimUserRow } from '../scim-user.store.ts';

const address = /^[^@\s]{1,64}@[^@\s]{1,189}$/u;

/** What is kept of what a directory says of a user. The address is the primary one; else the first; else the name, where it is one. */
export function userFacts(id: ScimUserId, said: ScimUserInput): ScimUserFacts {
  const { userName, externalId = null, displayName, active } = said;
  const { givenName = null, familyName = null, formatted = null } = said.name ?? {};
  return { id, userName, externalId, email: emailOf(said), displayName: displayName ?? formatted, givenName, familyName, active };
}

function emailOf({ emails, userName }: ScimUserInput): string | null {
  const all = emails ?? [];
  const said = (all.find(({ primary }) => primary === true) ?? all[0])?.value;
  return said ?? (address.test(userName) ? userName : null);
}

/** What a directory would have said of a user who is as this one is: what a patch starts from. */
export function saidOf(row: ScimUserRow): ScimUserInput {
  return {
    userName: row.userName,
    externalId: row.externalId,
    displayName: row.displayName,
    name: { givenName: row.givenName, familyName: row.familyName },
    emails: row.email === null ? [] : [{ value: row.email, primary: true }],
    active: row.active,
  };
}
