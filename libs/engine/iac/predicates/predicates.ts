import type { Predicate } from '../model/fault.ts';
import { broadActions, publicPolicy, publicTrust, wildcardPolicy } from './check-policy.ts';
import { openAzureRule } from './open-azure-rule.ts';
import { openGcpFirewall } from './open-gcp-firewall.ts';
import { openIngress } from './open-ingress.ts';
import { scriptInjection } from './script-injection.ts';
import { secretInEnvironment } from './secret-in-environment.ts';
import { needlessToken } from './needless-token.ts';

/** Every check in code that a rule may name. */
export const predicates: ReadonlyMap<string, Predicate> = new Map<string, Predicate>([
  ['tf/open-ingress', openIngress],
  ['tf/open-azure-rule', openAzureRule],
  ['tf/open-gcp-firewall', openGcpFirewall],
  ['tf/wildcard-policy', wildcardPolicy],
  ['tf/broad-actions', broadActions],
  ['tf/public-policy', publicPolicy],
  ['tf/public-trust', publicTrust],
  ['any/secret-in-environment', secretInEnvironment],
  ['k8s/needless-token', needlessToken],
  ['gha/script-injection', scriptInjection],
]);
