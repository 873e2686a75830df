export type { Oidc, OidcClient, OidcFlow, OidcPerson, OidcRefused } from './oidc.ts';
export { openOidc } from './open-oidc.ts';
export { providerReach } from './provider-reach.ts';
export { openWorkflowTokens, type WorkflowClaims, type WorkflowTokens } from './open-workflow-tokens.ts';
