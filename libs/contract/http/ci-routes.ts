import { z } from 'zod';
import { ciTrustIdSchema, repositoryIdSchema, tokenIdSchema } from '../ids.ts';
import { limits } from '../limits.ts';
import { instantSchema } from './page.ts';
import { defineRoute } from './route.ts';

/** Numbers of a forge: they stay with what they are of, whatever it is called. */
const forgeNumberSchema = z.string().regex(/^[1-9][0-9]{0,18}$/u);

/** A whole ref or the folder that it lies in: `refs/heads/main`, `refs/heads/release/*`. */
const refSchema = z
  .string()
  .regex(/^refs\/(?:heads|tags)\/(?:[\w.+@-]+\/)*(?:[\w.+@-]+|\*)$/u)
  .max(200);

export const ciTrustSchema = z.object({
  id: ciTrustIdSchema,
  repositoryId: repositoryIdSchema,
  issuer: z.string(),
  forgeRepositoryId: forgeNumberSchema,
  forgeOwnerId: forgeNumberSchema,
  refs: z.array(z.string()).max(limits.ciPatternsMax),
  environments: z.array(z.string()).max(limits.ciPatternsMax),
  minutes: z.int(),
  createdAt: instantSchema,
});
export type CiTrustView = z.infer<typeof ciTrustSchema>;

/** Whom a workflow's token must be for: this tenant and nobody else. */
export const ciAudience = (tenantId: string): string => `aegis:${tenantId}`;

export const listCiTrusts = defineRoute({
  operationId: 'listCiTrusts',
  method: 'GET',
  path: '/v1/ci/trusts',
  tag: 'ci',
  summary: 'Which workflows are trusted, oldest first, and what their tokens must be for',
  scope: 'admin',
  needs: 'ci.list',
  answers: {
    200: {
      description: 'What is trusted',
      schema: z.object({ audience: z.string(), items: z.array(ciTrustSchema).max(limits.ciTrustsMax) }),
    },
  },
  problems: [401, 403],
});

export const createCiTrust = defineRoute({
  operationId: 'createCiTrust',
  method: 'POST',
  path: '/v1/ci/trusts',
  tag: 'ci',
  summary: 'Trust workflows of one repository of a forge with one repository here',
  scope: 'admin',
  needs: 'ci.configure',
  presence: 'if-any',
  body: z.strictObject({
    repositoryId: repositoryIdSchema,
    issuer: z
      .string()
      .max(300)
      .regex(/^https?:\/\/[^\s?#@\\]+$/u)
      .default('https://token.actions.githubusercontent.com'),
    forgeRepositoryId: forgeNumberSchema,
    forgeOwnerId: forgeNumberSchema,
    refs: z.array(refSchema).min(1).max(limits.ciPatternsMax),
    environments: z.array(z.string().min(1).max(100)).max(limits.ciPatternsMax).default([]),
    minutes: z.int().min(1).max(60).default(15),
  }),
  answers: { 201: { description: 'What is trusted', schema: ciTrustSchema } },
  problems: [400, 401, 403, 404, 409],
});

export const removeCiTrust = defineRoute({
  operationId: 'removeCiTrust',
  method: 'DELETE',
  path: '/v1/ci/trusts/{ciTrustId}',
  tag: 'ci',
  summary: 'Trust these workflows no more; tokens that they have end within their minutes',
  scope: 'admin',
  needs: 'ci.configure',
  params: z.strictObject({ ciTrustId: ciTrustIdSchema }),
  answers: { 204: { description: 'Removed' } },
  problems: [400, 401, 403, 404],
});

export const exchangeCiToken = defineRoute({
  operationId: 'exchangeCiToken',
  method: 'POST',
  path: '/v1/ci/tokens',
  tag: 'ci',
  summary: "Exchange a workflow's OIDC token, once, for an API token for one repository and some minutes",
  scope: 'none',
  body: z.strictObject({ token: z.string().min(1).max(limits.signInCharsMax) }),
  answers: {
    201: {
      description: 'The token',
      schema: z.object({ id: tokenIdSchema, secret: z.string(), repositoryId: repositoryIdSchema, expiresAt: instantSchema }),
    },
  },
  problems: [400, 401, 429, 503],
  holdsSecret: true,
});
