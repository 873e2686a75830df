import { limits, type listScimGroups as route, type ScimGroup } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { parseFilter, type FilterInvalid } from '../scim/parse-filter.ts';
import { groupView, listView } from '../scim/scim-views.ts';
import { findScimGroups, type GroupFilter } from '../scim-group.store.ts';

const names = ['displayname', 'externalid', 'id', 'members'];

/** A page of groups; the reading is an event. Errors: `scim.filter_invalid`. */
export async function listScimGroups(
  deps: IdentityDeps,
  { caller, query }: Pick<Call<typeof route>, 'caller' | 'query'>,
): Promise<Result<ReturnType<typeof listView<ScimGroup>>, FilterInvalid>> {
  const filter = filterOf(query.filter);
  if (!filter.ok) return filter;
  const startIndex = Math.max(1, query.startIndex);
  const limit = Math.min(Math.max(0, query.count), limits.pageSizeMax);
  const withMembers = query.excludedAttributes?.split(',').some((name) => name.trim().toLowerCase() === 'members') !== true;
  const { total, rows } = await recordRead(deps, caller, {
    purpose: 'list groups of the directory',
    read: (tx) => findScimGroups(tx, filter.value, { offset: startIndex - 1, limit, withMembers }),
    draft: () => ({ action: 'scim.groups_listed', targets: [], detail: { limit } }),
  });
  return ok(listView(rows.map(groupView), { total, startIndex }));
}

function filterOf(text: string | undefined): Result<GroupFilter, FilterInvalid> {
  if (text === undefined) return ok({});
  const parsed = parseFilter(text, names);
  if (!parsed.ok) return parsed;
  const { value: said } = parsed;
  return ok({
    id: said.get('id'),
    displayName: said.get('displayname'),
    externalId: said.get('externalid'),
    member: said.get('members'),
  });
}
