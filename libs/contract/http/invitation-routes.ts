import { z } from 'zod';
import { invitationIdSchema, memberIdSchema } from '../ids.ts';
import { limits } from '../limits.ts';
import { roleSchema } from '../permissions.ts';
import { memberSchema } from './member-routes.ts';
import { instantSchema } from './page.ts';
import { defineRoute } from './route.ts';

/** An e-mail address as we keep it: lower case, so that one person is one person. */
const emailSchema = z.string().trim().toLowerCase().pipe(z.email().max(254));

export const invitationSchema = z.object({
  id: invitationIdSchema,
  email: z.string(),
  role: roleSchema,
  createdAt: instantSchema,
  expiresAt: instantSchema,
});
export type InvitationView = z.infer<typeof invitationSchema>;

export const listInvitations = defineRoute({
  operationId: 'listInvitations',
  method: 'GET',
  path: '/v1/invitations',
  tag: 'members',
  summary: 'Invitations that wait for an answer, newest first',
  scope: 'admin',
  needs: 'invitation.list',
  answers: { 200: { description: 'Invitations', schema: z.object({ items: z.array(invitationSchema).max(limits.invitationsOpenMax) }) } },
  problems: [401, 403],
});

export const inviteMember = defineRoute({
  operationId: 'inviteMember',
  method: 'POST',
  path: '/v1/invitations',
  tag: 'members',
  summary: 'Invite somebody; the secret is in this answer and nowhere else, works once, and for that address alone',
  scope: 'admin',
  needs: 'invitation.create',
  presence: 'if-any',
  body: z.strictObject({ email: emailSchema, role: roleSchema }),
  answers: { 201: { description: 'The invitation with its secret', schema: invitationSchema.extend({ secret: z.string() }) } },
  problems: [400, 401, 403, 409],
  holdsSecret: true,
});

export const revokeInvitation = defineRoute({
  operationId: 'revokeInvitation',
  method: 'DELETE',
  path: '/v1/invitations/{invitationId}',
  tag: 'members',
  summary: 'Take an invitation back',
  scope: 'admin',
  needs: 'invitation.revoke',
  params: z.strictObject({ invitationId: invitationIdSchema }),
  answers: { 204: { description: 'Taken back' } },
  problems: [400, 401, 403, 404],
});

export const acceptInvitation = defineRoute({
  operationId: 'acceptInvitation',
  method: 'POST',
  path: '/v1/invitations/accept',
  tag: 'members',
  summary: 'Become a member; the answer is a session cookie, with which a passkey is added next',
  scope: 'none',
  body: z.strictObject({ secret: z.string().min(1).max(200), email: emailSchema, name: z.string().trim().min(1).max(200) }),
  answers: { 204: { description: 'A member, and signed in' } },
  problems: [400, 401, 403, 409, 429],
});

export const removeMember = defineRoute({
  operationId: 'removeMember',
  method: 'POST',
  path: '/v1/members/{memberId}/removal',
  tag: 'members',
  summary: 'Let a member go: shut out at once, for good in five minutes',
  scope: 'admin',
  needs: 'member.remove',
  presence: 'if-any',
  params: z.strictObject({ memberId: memberIdSchema }),
  answers: { 202: { description: 'The member, who is leaving', schema: memberSchema } },
  problems: [400, 401, 403, 404, 409],
});

export const restoreMember = defineRoute({
  operationId: 'restoreMember',
  method: 'POST',
  path: '/v1/members/{memberId}/restoration',
  tag: 'members',
  summary: 'Bring back a member who is leaving, within the five minutes',
  scope: 'admin',
  needs: 'member.remove',
  params: z.strictObject({ memberId: memberIdSchema }),
  answers: { 200: { description: 'The member', schema: memberSchema } },
  problems: [400, 401, 403, 404, 409],
});
