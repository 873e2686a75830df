import { z } from 'zod';
import { memberIdSchema } from '../ids.ts';
import { roleSchema } from '../permissions.ts';
import { instantSchema, pageOf, pageQuery } from './page.ts';
import { defineRoute } from './route.ts';

export const memberSchema = z.object({
  id: memberIdSchema,
  name: z.string(),
  /** None for the first owner, who came by the operator's hand. */
  email: z.string().nullable(),
  role: roleSchema,
  state: z.enum(['active', 'leaving', 'gone']),
  createdAt: instantSchema,
  /** Until then a member who is leaving may be brought back. */
  leavesAt: instantSchema.nullable(),
});
export type MemberView = z.infer<typeof memberSchema>;

export const listMembers = defineRoute({
  operationId: 'listMembers',
  method: 'GET',
  path: '/v1/members',
  tag: 'members',
  summary: 'Members, oldest first; those who have left stay in the list by id alone',
  scope: 'read',
  needs: 'member.list',
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of members', schema: pageOf(memberSchema) } },
  problems: [400, 401],
});

export const changeRole = defineRoute({
  operationId: 'changeRole',
  method: 'POST',
  path: '/v1/members/{memberId}/role',
  tag: 'members',
  summary: 'Give a member another role; it counts from the next request',
  scope: 'admin',
  needs: 'member.change-role',
  params: z.strictObject({ memberId: memberIdSchema }),
  body: z.strictObject({ role: roleSchema }),
  answers: { 200: { description: 'The member', schema: memberSchema } },
  problems: [400, 401, 403, 404, 409],
});
