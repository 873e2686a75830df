import { z } from 'zod';

/** What a member is in a tenant. There is always an owner. */
export const roles = ['owner', 'admin', 'analyst', 'developer', 'auditor'] as const;
export const roleSchema = z.enum(roles);
export type Role = z.infer<typeof roleSchema>;

const everybody: readonly Role[] = roles;
const owners: readonly Role[] = ['owner'];
const stewards: readonly Role[] = ['owner', 'admin'];
const builders: readonly Role[] = ['owner', 'admin', 'developer'];
const engineers: readonly Role[] = ['owner', 'admin', 'analyst', 'developer'];
const judges: readonly Role[] = ['owner', 'admin', 'analyst'];
const examiners: readonly Role[] = ['owner', 'admin', 'auditor'];

/**
 * Who may do what: `resource.action` to roles. The one table: routes name a line of it, the rim looks it up at each request, the
 * dashboard shows what it allows. A role that does not stand in a line may not.
 */
export const permissions = {
  'tenant.read': everybody,
  'tenant.close': owners,
  'token.list': examiners,
  'token.create': stewards,
  'token.revoke': stewards,
  'session.end-own': everybody,
  'session.list-own': everybody,
  'passkey.list-own': everybody,
  'passkey.add-own': everybody,
  'passkey.remove-own': everybody,
  'member.list': everybody,
  'member.change-role': stewards,
  'forge.list': everybody,
  'forge.connect': stewards,
  'member.remove': stewards,
  'mail.list': stewards,
  'invitation.list': stewards,
  'invitation.create': stewards,
  'invitation.revoke': stewards,
  'sso.read': stewards,
  'sso.configure': owners,
  'scim.provision': stewards,
  'ci.list': examiners,
  'ci.configure': stewards,
  'repository.list': everybody,
  'repository.read': everybody,
  'repository.create': builders,
  'archive.upload': builders,
  'results.import': builders,
  'scan.list': everybody,
  'scan.read': everybody,
  'scan.start': engineers,
  'scan.cancel': engineers,
  'job.list': everybody,
  'finding.list': everybody,
  'finding.read': everybody,
  'finding.decide': engineers,
  'finding.comment': everybody,
  'finding.read-history': everybody,
  'finding.suppress': judges,
  'suppression.list': everybody,
  'suppression.read': everybody,
  'suppression.end': judges,
  'alarm.list': everybody,
  'alarm.acknowledge': judges,
  'evidence.hold': stewards,
  'evidence.release': stewards,
  'evidence.extend': stewards,
  'isolation.probe': stewards,
  'isolation.read-result': everybody,
  'audit.read-head': everybody,
  'audit.list': examiners,
  'audit.verify': examiners,
  'audit.read-log': examiners,
  'audit.export': examiners,
  'audit.prove': examiners,
  'audit.read-witnesses': examiners,
  'audit.configure-witnesses': stewards,
  'audit.read-sinks': examiners,
  'audit.configure-sinks': stewards,
  'audit.erase-personal': owners,
  'access.list': everybody,
  'access.revoke': stewards,
  'access.agree': stewards,
  'access.set-rule': owners,
} as const satisfies Readonly<Record<string, readonly Role[]>>;

/** A line of the table. */
export type Permission = keyof typeof permissions;

/** Whether a role stands in a line. */
export function roleMay(role: Role, permission: Permission): boolean {
  return permissions[permission].includes(role);
}

/**
 * Whether somebody of one role may make a member of role `from` one of role `to`. Owners are made and unmade by owners alone, so that
 * nobody lifts themselves, or an accomplice, above where they stand.
 */
export function mayChangeRole(by: Role, from: Role, to: Role): boolean {
  if (!roleMay(by, 'member.change-role')) return false;
  return by === 'owner' || (from !== 'owner' && to !== 'owner');
}
