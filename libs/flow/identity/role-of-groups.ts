import { givenRoleSchema, type GivenRole } from '@lib/contract';
import type { GroupRole } from './group-role.store.ts';

/** The furthest role that any of somebody's groups stands for; `otherwise` where none does. Names are compared as they are written. */
export function roleOfGroups(groups: readonly string[], roles: readonly GroupRole[], otherwise: GivenRole | null): GivenRole | null {
  const given = new Set(roles.filter(({ group }) => groups.includes(group)).map(({ role }) => role));
  return givenRoleSchema.options.find((role) => given.has(role)) ?? otherwise;
}
