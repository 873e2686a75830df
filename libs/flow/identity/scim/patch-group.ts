import { z } from 'zod';
import {
  limits,
  scimGroupInputSchema,
  scimMemberSchema,
  scimNames,
  scimUserIdSchema,
  type ScimGroupInput,
  type ScimPatch,
  type ScimUserId,
} from '@lib/contract';
import { err, ok, type Json, type Result } from '@lib/kernel';
import type { PatchInvalid } from './patch-user.ts';

type Operation = ScimPatch['Operations'][number];
type Draft = { displayName: Json | undefined; externalId: Json | undefined; members: Set<ScimUserId> };

const membersSchema = z.array(scimMemberSchema).max(limits.scimGroupMembersMax);
const oneMember = /^members\[value eq "([^"\\]{1,100})"\]$/iu;

/**
 * Applies operations to what is known of a group, in their order. Dialects: an object without a path; members taken out by a filter in
 * the path, or by a list as the value. Errors: `PatchInvalid`. Source: RFC 7644, section 3.5.2.
 */
export function patchGroup(group: ScimGroupInput, { Operations }: ScimPatch): Result<ScimGroupInput, PatchInvalid> {
  const members = new Set((group.members ?? []).map(({ value }) => value));
  const draft: Draft = { displayName: group.displayName, externalId: group.externalId ?? null, members };
  for (const operation of Operations) {
    const failed = operation.path === undefined ? mergeInto(draft, operation) : setAt(draft, operation.path, operation);
    if (failed !== undefined) return err(failed);
  }
  const parsed = scimGroupInputSchema.safeParse({ ...draft, members: [...draft.members].map((value) => ({ value })) });
  return parsed.success ? ok(parsed.data) : err({ code: 'scim.value_invalid' });
}

function mergeInto(draft: Draft, { op, value }: Operation): PatchInvalid | undefined {
  if (op === 'remove') return { code: 'scim.path_invalid' };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { code: 'scim.value_invalid' };
  for (const [path, part] of Object.entries(value)) {
    const failed = setAt(draft, path, { op, value: part });
    if (failed !== undefined) return failed;
  }
  return undefined;
}

function setAt(draft: Draft, given: string, { op, value }: Pick<Operation, 'op' | 'value'>): PatchInvalid | undefined {
  const prefix = `${scimNames.group}:`.toLowerCase();
  const path = given.toLowerCase().startsWith(prefix) ? given.slice(prefix.length) : given;
  switch (path.toLowerCase()) {
    case 'displayname':
      draft.displayName = op === 'remove' ? null : value;
      return undefined;
    case 'externalid':
      draft.externalId = op === 'remove' ? null : value;
      return undefined;
    case 'members':
      return setMembers(draft, { op, value });
    case 'id':
    case 'schemas':
      return undefined; // some send them along
    default:
      return setOneMember(draft, path, op);
  }
}

function setMembers(draft: Draft, { op, value }: Pick<Operation, 'op' | 'value'>): PatchInvalid | undefined {
  if (op === 'remove' && value === undefined) {
    draft.members.clear();
    return undefined;
  }
  const said = membersSchema.safeParse(Array.isArray(value) ? value : [value]);
  if (!said.success) return { code: 'scim.value_invalid' };
  if (op === 'replace') draft.members.clear();
  for (const { value: id } of said.data) {
    if (op === 'remove') draft.members.delete(id);
    else draft.members.add(id);
  }
  return undefined;
}

function setOneMember(draft: Draft, path: string, op: Operation['op']): PatchInvalid | undefined {
  const named = oneMember.exec(path)?.[1];
  if (named === undefined || op !== 'remove') return { code: 'scim.path_invalid' };
  const id = scimUserIdSchema.safeParse(named);
  if (id.success) draft.members.delete(id.data); // nobody of that name is in it either way
  return undefined;
}
