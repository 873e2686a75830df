import type { CiTrust } from '@lib/guard/tenancy';
import type { WorkflowClaims } from '@lib/platform/oidc';

/**
 * Whether a workflow is what a tenant trusts: both numbers, the ref, and the environment where one is asked for. Each claim is compared
 * whole; `sub`, whose form its owner can change and whose parts run into one another, is not looked at.
 */
export function isTrusted(trust: Omit<CiTrust, 'id' | 'issuer'>, claims: WorkflowClaims): boolean {
  const { repository_id: repository, repository_owner_id: owner, ref, environment } = claims;
  if (repository !== trust.forgeRepositoryId || owner !== trust.forgeOwnerId) return false;
  if (!trust.refs.some((pattern) => fits(pattern, ref))) return false;
  return trust.environments.length === 0 || (environment !== undefined && trust.environments.includes(environment));
}

/** A whole ref, or one part below a folder. */
function fits(pattern: string, ref: string): boolean {
  if (!pattern.endsWith('/*')) return pattern === ref;
  const folder = pattern.slice(0, -1);
  return ref.startsWith(folder) && ref.length > folder.length && !ref.slice(folder.length).includes('/');
}
