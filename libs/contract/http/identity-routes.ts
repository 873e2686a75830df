import { z } from 'zod';
import { sessionIdSchema, tenantIdSchema, tokenIdSchema } from '../ids.ts';
import { limits } from '../limits.ts';
import { permissions } from '../permissions.ts';
import { memberSchema } from './member-routes.ts';
import { instantSchema, pageOf, pageQuery } from './page.ts';
import { defineRoute } from './route.ts';

/** Who the caller is in the tenant. */
const selfSchema = z.object({
  /** Null for a credential that belongs to the tenant itself. */
  member: memberSchema.nullable(),
  credential: z.object({ kind: z.enum(['token', 'session']), id: z.uuid() }),
  /** What the role allows; a token's scope bounds it besides. */
  permissions: z.array(z.string()).max(Object.keys(permissions).length),
});
export type SelfView = z.infer<typeof selfSchema>;

/** `closesAt`: until then an owner may keep an account that is being closed. */
const closingPart = { state: z.enum(['open', 'closing', 'closed']), closesAt: instantSchema.nullable() };
export const closingSchema = z.object(closingPart);
export type ClosingView = z.infer<typeof closingSchema>;

export const tenantSchema = z.object({ id: tenantIdSchema, name: z.string(), createdAt: instantSchema, ...closingPart, self: selfSchema });
export type TenantView = Omit<z.infer<typeof tenantSchema>, 'self'>;

/** `ci` is given to workflows, and made by nobody. */
export const tokenScopeSchema = z.enum(['read', 'write', 'admin', 'scim', 'ci']);
export type TokenScope = z.infer<typeof tokenScopeSchema>;
export const tokenSchema = z.object({
  id: tokenIdSchema,
  name: z.string(),
  scope: tokenScopeSchema,
  createdAt: instantSchema,
  expiresAt: instantSchema,
  revokedAt: instantSchema.nullable(),
  /** To the minute; null for one that was never used. */
  lastUsedAt: instantSchema.nullable(),
});
export type TokenView = z.infer<typeof tokenSchema>;

export const getTenant = defineRoute({
  operationId: 'getTenant',
  method: 'GET',
  path: '/v1/tenant',
  tag: 'identity',
  summary: 'The tenant that the credential belongs to, and who the caller is in it',
  scope: 'read',
  needs: 'tenant.read',
  whileClosing: true,
  answers: { 200: { description: 'The tenant and the caller', schema: tenantSchema } },
  problems: [401],
});

export const listTokens = defineRoute({
  operationId: 'listTokens',
  method: 'GET',
  path: '/v1/tokens',
  tag: 'identity',
  summary: 'API tokens, newest first; secrets are never shown again',
  scope: 'admin',
  needs: 'token.list',
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of tokens', schema: pageOf(tokenSchema) } },
  problems: [400, 401, 403],
});

export const createToken = defineRoute({
  operationId: 'createToken',
  method: 'POST',
  path: '/v1/tokens',
  tag: 'identity',
  summary: 'Make an API token; the secret is in this answer and nowhere else',
  scope: 'admin',
  needs: 'token.create',
  body: z.strictObject({
    name: z.string().trim().min(1).max(200),
    scope: tokenScopeSchema.exclude(['ci']),
    expiresInDays: z.int().min(1).max(365).default(90),
  }),
  answers: { 201: { description: 'The token with its secret', schema: tokenSchema.extend({ secret: z.string() }) } },
  problems: [400, 401, 403, 409],
  holdsSecret: true,
});

export const revokeToken = defineRoute({
  operationId: 'revokeToken',
  method: 'DELETE',
  path: '/v1/tokens/{tokenId}',
  tag: 'identity',
  summary: 'Revoke an API token at once',
  scope: 'admin',
  needs: 'token.revoke',
  params: z.strictObject({ tokenId: tokenIdSchema }),
  answers: { 204: { description: 'Revoked' } },
  problems: [400, 401, 403, 404],
});

export const startSession = defineRoute({
  operationId: 'startSession',
  method: 'POST',
  path: '/v1/sessions',
  tag: 'identity',
  summary: 'Exchange a one-time sign-in code, or an API token, for a dashboard session cookie',
  scope: 'none',
  body: z.union([z.strictObject({ code: z.string().min(1).max(200) }), z.strictObject({ token: z.string().min(1).max(200) })]),
  answers: { 204: { description: 'Signed in; the cookie is HttpOnly, SameSite=Strict' } },
  problems: [400, 401, 403, 429],
});

export const endSession = defineRoute({
  operationId: 'endSession',
  method: 'DELETE',
  path: '/v1/sessions/current',
  tag: 'identity',
  summary: 'Sign out',
  scope: 'read',
  needs: 'session.end-own',
  whileClosing: true,
  answers: { 204: { description: 'Signed out' } },
  problems: [401],
});

const sessionSchema = z.object({
  id: sessionIdSchema,
  /** Browser and system, in a few words. */
  client: z.string().nullable(),
  createdAt: instantSchema,
  expiresAt: instantSchema,
  /** To the minute. */
  lastUsedAt: instantSchema.nullable(),
  /** It is the one that asks. */
  current: z.boolean(),
});
export type SessionView = z.infer<typeof sessionSchema>;

export const listSessions = defineRoute({
  operationId: 'listSessions',
  method: 'GET',
  path: '/v1/sessions',
  tag: 'sign-in',
  summary: "The caller's own live sessions, newest first",
  scope: 'read',
  needs: 'session.list-own',
  answers: { 200: { description: 'Sessions', schema: z.object({ items: z.array(sessionSchema).max(limits.sessionsListedMax) }) } },
  problems: [401, 403],
});

export const revokeSession = defineRoute({
  operationId: 'revokeSession',
  method: 'DELETE',
  path: '/v1/sessions/{sessionId}',
  tag: 'sign-in',
  summary: "End one of the caller's sessions at once",
  scope: 'read',
  needs: 'session.end-own',
  params: z.strictObject({ sessionId: sessionIdSchema }),
  answers: { 204: { description: 'Ended' } },
  problems: [400, 401, 403, 404],
});
