import { z } from 'zod';
import { sha256Schema, tenantIdSchema } from './ids.ts';
import { limits } from './limits.ts';

/** The closed catalogue of what can be recorded. An unknown action refuses to build. */
export const auditActions = [
  'tenant.created',
  'tenant.closing',
  'tenant.kept',
  'tenant.closed',
  'tenant.erased',
  'key.destroyed',
  'mail.sent',
  'mail.failed',
  'mails.listed',
  'member.added',
  'member.role_changed',
  'member.invited',
  'member.leaving',
  'member.restored',
  'member.gone',
  'invitation.revoked',
  'invitations.listed',
  'members.listed',
  'passkey.requested',
  'passkey.added',
  'passkey.removed',
  'passkey.copied',
  'passkeys.listed',
  'presence.asked',
  'sessions.listed',
  'jobs.listed',
  'token.created',
  'token.revoked',
  'session.started',
  'session.ended',
  'session.reused',
  'tokens.listed',
  'sso.read',
  'sso.configured',
  'sso.removed',
  'sso.domains_proven',
  'sso.linked',
  'sso.refused',
  'scim.described',
  'scim.users_listed',
  'scim.user_read',
  'scim.user_created',
  'scim.user_changed',
  'scim.user_deleted',
  'scim.groups_listed',
  'scim.group_read',
  'scim.group_created',
  'scim.group_changed',
  'scim.group_deleted',
  'ci.trusts_listed',
  'ci.trust_created',
  'ci.trust_removed',
  'ci.token_given',
  'repository.created',
  'repository.read',
  'repositories.listed',
  'forge.apps_listed',
  'forge.flow_started',
  'forge.app_registered',
  'forge.app_leaving',
  'forge.app_restored',
  'forge.app_gone',
  'forge.installation_claimed',
  'forge.rights_tried',
  'forge.installation_changed',
  'forge.installation_synced',
  'forge.redelivery_asked',
  'forge.delivery_taken',
  'forge.check_reported',
  'archive.uploaded',
  'scan.requested',
  'results.imported',
  'scan.started',
  'scan.sealed',
  'scan.analyzed',
  'scan.finished',
  'scan.cancelled',
  'evidence.sealed',
  'evidence.read',
  'evidence.mismatch',
  'evidence.missing',
  'evidence.held',
  'evidence.released',
  'evidence.retention_extended',
  'evidence.expired',
  'alarm.acknowledged',
  'alarms.listed',
  'sandbox.escape_attempt',
  'finding.read',
  'findings.listed',
  'finding.decided',
  'finding.commented',
  'finding.history_read',
  'suppression.drafted',
  'suppression.signed',
  'suppression.ended',
  'suppression.expired',
  'suppression.read',
  'suppressions.listed',
  'suppressions.applied',
  'audit.listed',
  'audit.verified',
  'audit.proved',
  'audit.witnesses_read',
  'audit.exported',
  'audit.witness_added',
  'audit.witness_removed',
  'audit.witnesses_required',
  'audit.sink_added',
  'audit.sink_removed',
  'audit.sink_leaving',
  'audit.sink_restored',
  'audit.sinks_read',
  'audit.personal_erased',
  'audit.export_finished',
  'audit.export_removed',
  'audit.downloaded',
  'isolation.probed',
  'isolation.result_read',
  'audit.streamed',
  'job.dead',
  'telemetry.dropped',
  'operator.requested',
  'operator.approved',
  'operator.agreed',
  'operator.started',
  'operator.opened',
  'operator.read',
  'operator.revoked',
  'operator.ended',
  'operator.expired',
  'operator.rule_changed',
  'operator.access_listed',
] as const;
export const auditActionSchema = z.enum(auditActions);
export type AuditAction = z.infer<typeof auditActionSchema>;

export const actorSchema = z.object({
  /** `staff`: a person of the operator's, by an elevation. */
  type: z.enum(['member', 'token', 'session', 'worker', 'system', 'staff']),
  id: z.string().min(1).max(100),
});
export type Actor = z.infer<typeof actorSchema>;

const parts = {
  id: z.uuid(),
  tenant: tenantIdSchema,
  action: auditActionSchema,
  occurredAt: z.iso.datetime({ precision: 3 }),
  actor: actorSchema,
  targets: z.array(z.strictObject({ type: z.string().max(40), id: z.string().max(100) })).max(limits.auditTargetsMax),
  purpose: z.string().max(100),
  outcome: z.enum(['success', 'failure', 'denied']),
  context: z.strictObject({ requestId: z.string().max(64).optional() }),
  detail: z.record(z.string().max(40), z.union([z.string().max(200), z.number(), z.boolean()])).optional(),
};

/** What version 2 adds. `commitment`: SHA-256 over salt and personal data, which lie beside the log and can be erased. */
const additions = {
  decision: z.enum(['allow', 'deny']),
  ticket: z.string().min(1).max(100).optional(),
  policy: z.strictObject({ bundle: z.string().max(100), decision: z.string().max(100) }).optional(),
  commitment: sha256Schema.optional(),
};

/** What version 3 adds: where a request came from, and by what, in words of ours: what a caller says of itself is text of anybody's. */
const requestContext = z.strictObject({
  requestId: z.string().max(64).optional(),
  ip: z
    .string()
    .regex(/^[0-9a-fA-F.:]{2,45}$/u)
    .optional(),
  client: z.string().max(60).optional(),
});

/**
 * One audit event. There is no field for content: `detail` holds figures, ids and digests only.
 * The canonical JSON of this object is the log entry; its bytes are what is hashed. A version only adds: what reads version 1 goes on
 * reading it, and an event is written in the oldest version that holds it. `audit-catalog.ts` says what each action's event may hold.
 */
export const auditEventSchema = z.discriminatedUnion('v', [
  z.strictObject({ v: z.literal(1), ...parts }),
  z.strictObject({ v: z.literal(2), ...parts, ...additions }),
  z.strictObject({ v: z.literal(3), ...parts, ...additions, context: requestContext }),
]);
export type AuditEvent = z.infer<typeof auditEventSchema>;

/** Data of a person, and whose: `subject` is an id of ours. */
export const personalDataSchema = z.record(z.string().max(40), z.string().max(500));
export type PersonalData = { readonly subject: string; readonly data: z.infer<typeof personalDataSchema> };

type Additions = { readonly [K in 'decision' | 'ticket' | 'policy']?: z.infer<(typeof additions)[K]> };

/** What a caller of `recordAudit` supplies; id, tenant, time and version are added there. `personal` is kept beside the log. */
export type AuditDraft = Pick<AuditEvent, 'action' | 'targets' | 'outcome'> &
  Additions & { readonly detail?: AuditEvent['detail']; readonly personal?: PersonalData };
