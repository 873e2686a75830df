import { z } from 'zod';
import { memberIdSchema, suppressionIdSchema } from '../ids.ts';
import { claimSchema, claimWishSchema, suppressedStateSchema, suppressionScopeSchema } from '../suppression.ts';
import { vexJustificationSchema } from '../vex.ts';
import { instantSchema, pageOf, pageQuery } from './page.ts';
import { assertionResponseSchema } from './passkey-routes.ts';
import { defineRoute } from './route.ts';

/**
 * How a claim stands. `live`: it keeps findings quiet. `dead`: it has not ended and matches nothing any more. `over`: its date has come,
 * somebody ended it, or another one took its place.
 */
export const suppressionStandings = ['live', 'dead', 'over'] as const;
export const suppressionStandingSchema = z.enum(suppressionStandings);
export type SuppressionStanding = z.infer<typeof suppressionStandingSchema>;

export const suppressionSchema = z.object({
  id: suppressionIdSchema,
  decision: suppressedStateSchema,
  reason: z.string(),
  justification: vexJustificationSchema.nullable(),
  scope: suppressionScopeSchema,
  signedBy: z.object({ memberId: memberIdSchema, name: z.string() }),
  signedAt: instantSchema,
  expiresAt: instantSchema,
  endedAt: instantSchema.nullable(),
  standing: suppressionStandingSchema,
  /** How many findings it keeps quiet now. */
  covers: z.int(),
});
export type SuppressionView = z.infer<typeof suppressionSchema>;

/** The claim with what anybody needs to check the signature again. `publicKey` is a COSE key; it and the ids are base64url. */
export const signedSuppressionSchema = suppressionSchema.extend({
  signature: z.object({
    action: z.string(),
    assertion: assertionResponseSchema,
    credentialId: z.string(),
    publicKey: z.string(),
    origin: z.string(),
    rpId: z.string(),
  }),
});
export type SignedSuppressionView = z.infer<typeof signedSuppressionSchema>;

const ofSuppression = z.strictObject({ suppressionId: suppressionIdSchema });
const tag = 'suppressions';

export const draftSuppression = defineRoute({
  operationId: 'draftSuppression',
  method: 'POST',
  path: '/v1/suppressions/draft',
  tag,
  summary: 'Put a claim together: which findings it covers, each with what was found and its proof; nothing is changed',
  scope: 'write',
  needs: 'finding.suppress',
  body: claimWishSchema,
  answers: { 200: { description: 'The claim, to be shown and signed as it is', schema: claimSchema } },
  problems: [400, 401, 403, 404, 409],
});

export const signSuppression = defineRoute({
  operationId: 'signSuppression',
  method: 'POST',
  path: '/v1/suppressions',
  tag,
  summary: 'Accept a risk or call findings false positives: a claim that a person signs with a passkey, for a time',
  scope: 'write',
  needs: 'finding.suppress',
  presence: 'required',
  body: claimSchema,
  answers: { 201: { description: 'The claim that stands', schema: suppressionSchema } },
  problems: [400, 401, 403, 404, 409],
});

export const listSuppressions = defineRoute({
  operationId: 'listSuppressions',
  method: 'GET',
  path: '/v1/suppressions',
  tag,
  summary: 'Claims, newest first, and whether each still matches something',
  scope: 'read',
  needs: 'suppression.list',
  query: z.strictObject({ ...pageQuery, standing: suppressionStandingSchema.optional() }),
  answers: { 200: { description: 'A page of claims', schema: pageOf(suppressionSchema) } },
  problems: [400, 401],
});

export const getSuppression = defineRoute({
  operationId: 'getSuppression',
  method: 'GET',
  path: '/v1/suppressions/{suppressionId}',
  tag,
  summary: 'One claim with the bytes that were signed, the answer of the passkey and its public key',
  scope: 'read',
  needs: 'suppression.read',
  params: ofSuppression,
  answers: { 200: { description: 'The claim', schema: signedSuppressionSchema } },
  problems: [400, 401, 404],
});

export const endSuppression = defineRoute({
  operationId: 'endSuppression',
  method: 'POST',
  path: '/v1/suppressions/{suppressionId}/end',
  tag,
  summary: 'End a claim before its date; what it kept quiet is open again',
  scope: 'write',
  needs: 'suppression.end',
  params: ofSuppression,
  answers: { 200: { description: 'The claim as it stands now', schema: suppressionSchema } },
  problems: [400, 401, 403, 404, 409],
});
