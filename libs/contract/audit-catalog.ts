import { z } from 'zod';
import type { AuditAction } from './audit.ts';
import { sha256Schema } from './ids.ts';

/**
 * What a member of an event's detail may hold. None is for content: of free text there are names of places and the reason that a person
 * gives for a legal hold or, of the operator's staff, for reaching a tenant.
 */
const kinds = {
  count: z.int().min(0),
  flag: z.boolean(),
  /** A word of ours or several: a state, an error code, a role, a media kind. */
  code: z.string().regex(/^(?:[\w.:+-]{1,100}(?: [\w.:+-]{1,100}){0,9})?$/u),
  digest: sha256Schema,
  instant: z.iso.datetime(),
  /** A host, a bucket, a key's name. */
  place: z.string().max(200),
  note: z.string().max(200),
} as const;
type Kind = keyof typeof kinds;

/** Kinds of the things that an action is about, and the members that its detail may have. */
type Shape = { readonly targets: readonly string[]; readonly detail: Readonly<Record<string, Kind>> };

const listed: Shape = { targets: [], detail: { limit: 'count' } };
const ofScan: Shape = { targets: ['scan'], detail: { state: 'code', findingCount: 'count', errorCode: 'code' } };
const ofReading: Shape = { targets: ['finding', 'evidence_pack'], detail: { state: 'code', reason: 'code' } };
const keeping = ['scan', 'evidence_pack'] as const;

/**
 * The catalogue: for each action what its event may say. An action without a line does not compile, and an event that says more than its
 * line is not written. The golden file beside it is what readers of the log are promised: lines and members are added, none goes.
 */
export const auditCatalog: Readonly<Record<AuditAction, Shape>> = {
  'tenant.created': { targets: ['tenant'], detail: {} },
  'tenant.closing': { targets: ['tenant'], detail: { scans: 'count', jobs: 'count', elevations: 'count' } },
  'tenant.kept': { targets: ['tenant'], detail: {} },
  'tenant.closed': { targets: ['tenant'], detail: {} },
  'mail.sent': { targets: ['mail', 'member'], detail: { kind: 'code' } },
  'mail.failed': { targets: ['mail', 'member'], detail: { kind: 'code', errorCode: 'code' } },
  'mails.listed': listed,
  'key.destroyed': { targets: ['tenant', 'forge_app'], detail: { key: 'code' } },
  'tenant.erased': { targets: ['tenant'], detail: { rows: 'count', objects: 'count', evidencePacks: 'count' } },
  'member.added': { targets: ['member', 'invitation'], detail: { role: 'code' } },
  'member.invited': { targets: ['invitation'], detail: { role: 'code' } },
  'member.leaving': { targets: ['member'], detail: {} },
  'member.restored': { targets: ['member'], detail: {} },
  'member.gone': { targets: ['member'], detail: {} },
  'invitation.revoked': { targets: ['invitation'], detail: {} },
  'invitations.listed': { targets: [], detail: {} },
  'member.role_changed': { targets: ['member'], detail: { from: 'code', to: 'code' } },
  'members.listed': listed,
  'passkey.requested': { targets: ['member'], detail: {} },
  'passkey.added': { targets: ['passkey', 'member'], detail: {} },
  'passkey.removed': { targets: ['passkey'], detail: {} },
  'passkey.copied': { targets: ['passkey'], detail: { counter: 'count' } },
  'passkeys.listed': { targets: [], detail: {} },
  'presence.asked': { targets: [], detail: { operation: 'code' } },
  'sessions.listed': { targets: [], detail: {} },
  'jobs.listed': listed,
  'token.created': { targets: ['token'], detail: { scope: 'code' } },
  'token.revoked': { targets: ['token'], detail: {} },
  'session.started': { targets: ['session'], detail: { scope: 'code', by: 'code' } },
  'session.reused': { targets: ['session'], detail: {} },
  'session.ended': { targets: ['session', 'token'], detail: {} },
  'tokens.listed': listed,
  'sso.read': { targets: ['sso_provider'], detail: {} },
  'sso.configured': {
    targets: ['sso_provider'],
    detail: { host: 'place', required: 'flag', domains: 'count', groups: 'count', ended: 'count' },
  },
  'sso.removed': { targets: ['sso_provider'], detail: {} },
  'sso.domains_proven': { targets: ['sso_provider'], detail: { proven: 'count', unproven: 'count' } },
  'sso.linked': { targets: ['sso_provider', 'member'], detail: {} },
  'sso.refused': { targets: ['sso_provider', 'member'], detail: { reason: 'code' } },
  'scim.described': { targets: [], detail: {} },
  'scim.users_listed': listed,
  'scim.user_read': { targets: ['scim_user'], detail: {} },
  'scim.user_created': { targets: ['scim_user'], detail: { active: 'flag' } },
  'scim.user_changed': { targets: ['scim_user'], detail: { active: 'flag' } },
  'scim.user_deleted': { targets: ['scim_user'], detail: {} },
  'scim.groups_listed': listed,
  'scim.group_read': { targets: ['scim_group'], detail: {} },
  'scim.group_created': { targets: ['scim_group'], detail: { members: 'count' } },
  'scim.group_changed': { targets: ['scim_group'], detail: { members: 'count' } },
  'scim.group_deleted': { targets: ['scim_group'], detail: {} },
  'ci.trusts_listed': { targets: [], detail: {} },
  'ci.trust_created': { targets: ['ci_trust', 'repository'], detail: { host: 'place', minutes: 'count' } },
  'ci.trust_removed': { targets: ['ci_trust'], detail: {} },
  'ci.token_given': { targets: ['token', 'ci_trust', 'repository'], detail: { ref: 'place', minutes: 'count' } },
  'repository.created': { targets: ['repository'], detail: {} },
  'repository.read': { targets: ['repository'], detail: {} },
  'repositories.listed': listed,
  'forge.apps_listed': { targets: [], detail: {} },
  'forge.flow_started': { targets: ['forge_app'], detail: { kind: 'code' } },
  'forge.app_leaving': { targets: ['forge_app'], detail: { scans: 'count', jobs: 'count' } },
  'forge.app_restored': { targets: ['forge_app'], detail: {} },
  'forge.app_gone': { targets: ['forge_app'], detail: {} },
  'forge.app_registered': { targets: ['forge_app'], detail: { kind: 'code', externalId: 'count' } },
  'forge.installation_claimed': { targets: ['forge_app', 'installation'], detail: { externalId: 'count' } },
  'forge.rights_tried': { targets: ['installation'], detail: { possible: 'count', excess: 'count' } },
  'forge.installation_changed': { targets: ['installation'], detail: { state: 'code' } },
  'forge.installation_synced': { targets: ['installation'], detail: { repositories: 'count', added: 'count', removed: 'count' } },
  'forge.redelivery_asked': { targets: ['forge_app'], detail: { deliveries: 'count' } },
  'forge.delivery_taken': { targets: ['forge_app'], detail: { event: 'code', delivery: 'code' } },
  'forge.check_reported': { targets: ['scan'], detail: { state: 'code', introduced: 'count' } },
  'archive.uploaded': { targets: ['archive', 'repository'], detail: { bytes: 'count', sha256: 'digest' } },
  'scan.requested': { targets: ['scan', 'repository'], detail: {} },
  'results.imported': { targets: ['scan', 'repository'], detail: { sha256: 'digest', findingCount: 'count', tools: 'code' } },
  'scan.started': { targets: ['scan'], detail: {} },
  'scan.sealed': { targets: ['scan'], detail: { files: 'count', bytes: 'count', treeSha256: 'digest' } },
  'scan.analyzed': { targets: ['scan'], detail: { ending: 'code', findingCount: 'count', complete: 'flag' } },
  'scan.finished': ofScan,
  'scan.cancelled': ofScan,
  'evidence.sealed': { targets: ['pack', 'scan'], detail: { merkleRoot: 'digest', entryCount: 'count', sha256: 'digest' } },
  'isolation.probed': { targets: [], detail: { held: 'count', breached: 'count', sha256: 'digest' } },
  'isolation.result_read': { targets: [], detail: {} },
  'evidence.read': ofReading,
  'evidence.mismatch': ofReading,
  'evidence.missing': ofReading,
  'evidence.held': { targets: keeping, detail: { reason: 'note', packs: 'count' } },
  'evidence.released': { targets: keeping, detail: { packs: 'count' } },
  'evidence.retention_extended': { targets: keeping, detail: { retainUntil: 'instant', packs: 'count' } },
  'evidence.expired': { targets: keeping, detail: {} },
  'alarm.acknowledged': { targets: ['alarm', 'evidence_pack'], detail: { kind: 'code', reason: 'code', times: 'count' } },
  'alarms.listed': { targets: [], detail: { limit: 'count', state: 'code' } },
  'sandbox.escape_attempt': { targets: ['scan'], detail: {} },
  'finding.read': { targets: ['finding'], detail: {} },
  'findings.listed': listed,
  'finding.decided': { targets: ['finding'], detail: { state: 'code', commented: 'flag' } },
  'finding.commented': { targets: ['finding'], detail: {} },
  'finding.history_read': { targets: ['finding'], detail: {} },
  'suppression.drafted': { targets: ['finding'], detail: { scope: 'code', findings: 'count' } },
  'suppression.signed': {
    targets: ['suppression', 'finding'],
    detail: { decision: 'code', scope: 'code', findings: 'count', until: 'instant', actionSha256: 'digest', passkeySha256: 'digest' },
  },
  'suppression.ended': { targets: ['suppression'], detail: { findings: 'count' } },
  'suppression.expired': { targets: ['suppression'], detail: { findings: 'count' } },
  'suppression.read': { targets: ['suppression'], detail: {} },
  'suppressions.listed': { targets: [], detail: { limit: 'count', standing: 'code' } },
  'suppressions.applied': { targets: ['scan', 'finding'], detail: { state: 'code' } },
  'audit.listed': listed,
  'audit.verified': { targets: [], detail: { size: 'count', ok: 'flag', reason: 'code' } },
  'audit.proved': { targets: ['audit_event', 'log'], detail: {} },
  'audit.witnesses_read': { targets: [], detail: {} },
  'audit.exported': { targets: ['export'], detail: { size: 'count', views: 'code', filtered: 'flag' } },
  'audit.witness_added': { targets: ['witness'], detail: { key: 'place', host: 'place' } },
  'audit.witness_removed': { targets: ['witness'], detail: {} },
  'audit.witnesses_required': { targets: [], detail: { witnessesMin: 'count', unwitnessedMax: 'count' } },
  'audit.sink_added': { targets: ['sink'], detail: { kind: 'code', place: 'place', from: 'count' } },
  'audit.sink_leaving': { targets: ['sink'], detail: {} },
  'audit.sink_restored': { targets: ['sink'], detail: {} },
  'audit.sink_removed': { targets: ['sink'], detail: {} },
  'audit.sinks_read': { targets: [], detail: {} },
  'audit.personal_erased': { targets: [], detail: { erased: 'flag' } },
  'audit.export_finished': { targets: ['export'], detail: { size: 'count', matched: 'count', bytes: 'count' } },
  'audit.export_removed': { targets: ['export'], detail: { objects: 'count' } },
  'audit.downloaded': { targets: ['export'], detail: {} },
  'audit.streamed': { targets: [], detail: { from: 'count', count: 'count' } },
  'job.dead': { targets: ['job'], detail: { kind: 'code', errorCode: 'code', attempts: 'count' } },
  'telemetry.dropped': { targets: [], detail: { service: 'code', lines: 'count', from: 'instant', until: 'instant' } },
  'operator.requested': { targets: ['elevation'], detail: { minutes: 'count', reason: 'note', scope: 'code' } },
  'operator.approved': { targets: ['elevation'], detail: { scope: 'code' } },
  'operator.agreed': { targets: ['elevation'], detail: {} },
  'operator.started': { targets: ['elevation'], detail: { minutes: 'count', scope: 'code' } },
  'operator.opened': { targets: ['elevation'], detail: { scope: 'code' } },
  'operator.read': { targets: ['elevation', 'repository', 'scan', 'finding'], detail: { what: 'code' } },
  'operator.revoked': { targets: ['elevation'], detail: { before: 'code' } },
  'operator.ended': { targets: ['elevation'], detail: { before: 'code' } },
  'operator.expired': { targets: ['elevation'], detail: { before: 'code' } },
  'operator.rule_changed': { targets: [], detail: { ownApproval: 'flag' } },
  'operator.access_listed': listed,
};

type Said = {
  readonly action: AuditAction;
  readonly targets: readonly { readonly type: string }[];
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
};

/** What an event says beyond the line of its action: kinds of targets and members of the detail. Empty for an event as it should be. */
export function beyondCatalog({ action, targets, detail = {} }: Said): readonly string[] {
  const shape = auditCatalog[action];
  const strange = targets.filter(({ type }) => !shape.targets.includes(type)).map(({ type }) => `target ${type}`);
  for (const [name, value] of Object.entries(detail)) {
    const kind = Object.hasOwn(shape.detail, name) ? shape.detail[name] : undefined;
    if (kind === undefined || !kinds[kind].safeParse(value).success) strange.push(`detail ${name}`);
  }
  return strange;
}
