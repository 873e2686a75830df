import { limits, type listScimUsers as route, type ScimUser } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { parseFilter, type FilterInvalid } from '../scim/parse-filter.ts';
import { listView, userView } from '../scim/scim-views.ts';
import { findScimUsers, type UserFilter } from '../scim-user.store.ts';

const names = ['username', 'externalid', 'id', 'emails', 'active'];

/** A page of users; the reading is an event. Errors: `scim.filter_invalid`. */
export async function listScimUsers(
  deps: IdentityDeps,
  { caller, query }: Pick<Call<typeof route>, 'caller' | 'query'>,
): Promise<Result<ReturnType<typeof listView<ScimUser>>, FilterInvalid>> {
  const filter = filterOf(query.filter);
  if (!filter.ok) return filter;
  const startIndex = Math.max(1, query.startIndex);
  const limit = Math.min(Math.max(0, query.count), limits.pageSizeMax);
  const { total, rows } = await recordRead(deps, caller, {
    purpose: 'list users of the directory',
    read: (tx) => findScimUsers(tx, filter.value, { offset: startIndex - 1, limit }),
    draft: () => ({ action: 'scim.users_listed', targets: [], detail: { limit } }),
  });
  return ok(listView(rows.map(userView), { total, startIndex }));
}

function filterOf(text: string | undefined): Result<UserFilter, FilterInvalid> {
  if (text === undefined) return ok({});
  const parsed = parseFilter(text, names);
  if (!parsed.ok) return parsed;
  const { value: said } = parsed;
  const [id, userName, externalId, email, active] = ['id', 'username', 'externalid', 'emails', 'active'].map((name) => said.get(name));
  return ok({
    ...(id === undefined ? {} : { id }),
    ...(userName === undefined ? {} : { userName: userName.toLowerCase() }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(email === undefined ? {} : { email: email.toLowerCase() }),
    ...(active === undefined ? {} : { active: active === 'true' }),
  });
}
