import { z } from 'zod';
import { mailIdSchema, memberIdSchema } from '../ids.ts';
import { instantSchema, pageOf, pageQuery } from './page.ts';
import { defineRoute } from './route.ts';

/** What members are written about. */
export const mailKindSchema = z.enum(['operator.requested', 'operator.started', 'tenant.closing', 'tenant.kept']);

/** A message to a member, and what became of it. Its text is made when it is sent, and kept nowhere. */
export const mailSchema = z.object({
  id: mailIdSchema,
  memberId: memberIdSchema,
  kind: mailKindSchema,
  state: z.enum(['waiting', 'sent', 'failed']),
  /** Tries that did not succeed. */
  attempts: z.int(),
  /** Of the last of them. */
  errorCode: z.string().nullable(),
  createdAt: instantSchema,
  sentAt: instantSchema.nullable(),
});
export type MailView = z.infer<typeof mailSchema>;

export const listMails = defineRoute({
  operationId: 'listMails',
  method: 'GET',
  path: '/v1/mails',
  tag: 'members',
  summary: 'Messages to members, newest first: whether each has gone, and what was in the way',
  scope: 'read',
  needs: 'mail.list',
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of messages', schema: pageOf(mailSchema) } },
  problems: [400, 401, 403],
});
