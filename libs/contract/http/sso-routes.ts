import { z } from 'zod';
import { limits } from '../limits.ts';
import { roles } from '../permissions.ts';
import { instantSchema } from './page.ts';
import { defineRoute } from './route.ts';

/** A role that a provider of the company's can give: owners are made by owners alone. */
export const givenRoleSchema = z.enum(roles).exclude(['owner']);
export type GivenRole = z.infer<typeof givenRoleSchema>;

/** The name of a group as the company has it, and what whoever is in it may do here. */
const groupRoleSchema = z.strictObject({ group: z.string().trim().min(1).max(200), role: givenRoleSchema });
const groupRolesSchema = z.array(groupRoleSchema).max(limits.groupRolesMax);

const domainSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^(?=.{3,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/u, 'a domain such as example.com');

/** Compared as it is written, to the byte. Source: OpenID Connect Discovery 1.0, section 4.3. */
const issuerSchema = z
  .string()
  .trim()
  .max(300)
  .refine((text) => isIssuer(text), 'an https address without user, query or fragment');

function isIssuer(text: string): boolean {
  return /^https?:\/\/[^\s?#@\\]+$/u.test(text) && URL.canParse(text);
}

export const ssoSchema = z.object({
  issuer: z.string(),
  clientId: z.string(),
  domains: z
    .array(
      z.object({
        domain: z.string(),
        /** Its name server said that it is this tenant's. */
        provenAt: instantSchema.nullable(),
        /** The TXT record to be made there. */
        record: z.object({ name: z.string(), value: z.string() }),
      }),
    )
    .max(limits.ssoDomainsMax),
  /** Null: whoever has no role by a group stays out. */
  defaultRole: givenRoleSchema.nullable(),
  /** The claim that names groups. */
  roleClaim: z.string().nullable(),
  groupRoles: groupRolesSchema,
  /** Nobody but owners signs in in another way. */
  required: z.boolean(),
  /** The path of the page for the company's own people. It holds a secret that names the company. */
  entryPath: z.string(),
  createdAt: instantSchema,
});
export type SsoView = z.infer<typeof ssoSchema>;

const stateSchema = z.object({
  sso: ssoSchema.nullable(),
  /** What the provider has to send people back to, as it stands; null where this Aegis is reached by an address that has no name. */
  redirectUri: z.string().nullable(),
});

export const getSso = defineRoute({
  operationId: 'getSso',
  method: 'GET',
  path: '/v1/sso',
  tag: 'sign-in',
  summary: "The company's own provider, if there is one; its secret is never shown again",
  scope: 'admin',
  needs: 'sso.read',
  answers: { 200: { description: 'The provider', schema: stateSchema } },
  problems: [401, 403],
});

export const setSso = defineRoute({
  operationId: 'setSso',
  method: 'POST',
  path: '/v1/sso',
  tag: 'sign-in',
  summary:
    'Let people sign in at a provider of the company: OpenID Connect. Another issuer or client is another provider, and knows nobody yet',
  scope: 'admin',
  needs: 'sso.configure',
  presence: 'if-any',
  body: z.strictObject({
    issuer: issuerSchema,
    clientId: z.string().trim().min(1).max(300),
    /** May be left out where issuer and client stay as they are. */
    clientSecret: z.string().min(1).max(1_000).optional(),
    domains: z.array(domainSchema).min(1).max(limits.ssoDomainsMax),
    defaultRole: givenRoleSchema.nullable(),
    roleClaim: z.string().trim().min(1).max(100).nullable().default(null),
    groupRoles: groupRolesSchema.default([]),
    required: z.boolean().default(false),
  }),
  answers: { 200: { description: 'The provider', schema: stateSchema } },
  problems: [400, 401, 403, 409],
});

export const removeSso = defineRoute({
  operationId: 'removeSso',
  method: 'DELETE',
  path: '/v1/sso',
  tag: 'sign-in',
  summary: 'Let nobody sign in at the provider any more; members stay',
  scope: 'admin',
  needs: 'sso.configure',
  presence: 'if-any',
  answers: { 204: { description: 'Removed' } },
  problems: [401, 403, 404],
});

export const proveSsoDomains = defineRoute({
  operationId: 'proveSsoDomains',
  method: 'POST',
  path: '/v1/sso/domains',
  tag: 'sign-in',
  summary: 'Ask the name servers of the domains whether they are this tenant’s: then an address is enough to sign in at the provider',
  scope: 'admin',
  needs: 'sso.configure',
  answers: { 200: { description: 'The provider', schema: stateSchema } },
  problems: [401, 403, 404],
});

export const signInWithCompany = defineRoute({
  operationId: 'signInWithCompany',
  method: 'POST',
  path: '/v1/sessions/company',
  tag: 'sign-in',
  summary: 'Sign in with what the provider sent the browser back with; the answer is a session cookie',
  scope: 'none',
  body: z.strictObject({
    /** What follows the `?`, as it is. */
    query: z.string().min(1).max(limits.signInCharsMax),
  }),
  answers: { 204: { description: 'Signed in; the cookie is HttpOnly, SameSite=Strict' } },
  problems: [400, 401, 403, 429, 503],
});
