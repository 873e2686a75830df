import { z } from 'zod';
import { witnessIdSchema } from '../ids.ts';
import { limits } from '../limits.ts';
import { defineRoute } from './route.ts';

/** `knownSize`: of the checkpoint that it cosigned last. `failures`: times in a row that it did not. */
export const witnessSchema = z.object({
  id: witnessIdSchema,
  verifierKey: z.string(),
  url: z.string(),
  knownSize: z.int().min(0),
  failures: z.int().min(0),
});
export type WitnessView = z.infer<typeof witnessSchema>;

/** The log goes no further than `unwitnessedMax` entries past the newest checkpoint that `witnessesMin` witnesses have cosigned. */
export const witnessRuleSchema = z.strictObject({
  witnessesMin: z.int().min(1).max(limits.auditWitnessesMax),
  unwitnessedMax: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
});

/** `witnessed`: the newest checkpoint with enough cosignatures, as a signed note; events that wait for one count as `pending`. */
export const witnessingSchema = z.object({
  witnesses: z.array(witnessSchema).max(limits.auditWitnessesMax),
  rule: witnessRuleSchema.nullable(),
  witnessed: z.object({ size: z.int().min(1), checkpoint: z.string() }).nullable(),
  size: z.int().min(0),
  pending: z.int().min(0),
});
export type WitnessingView = z.infer<typeof witnessingSchema>;

export const getWitnessing = defineRoute({
  operationId: 'getWitnessing',
  method: 'GET',
  path: '/v1/audit/witnesses',
  tag: 'audit',
  summary: 'Who cosigns the checkpoints of this log, how far they are, and the rule that holds the log back without them',
  scope: 'read',
  needs: 'audit.read-witnesses',
  answers: { 200: { description: 'Witnesses and rule', schema: witnessingSchema } },
  problems: [401],
});

export const addWitness = defineRoute({
  operationId: 'addWitness',
  method: 'POST',
  path: '/v1/audit/witnesses',
  tag: 'audit',
  summary: 'Have each new checkpoint cosigned by a C2SP witness, your own included',
  scope: 'admin',
  needs: 'audit.configure-witnesses',
  body: z.strictObject({ verifierKey: z.string().min(10).max(4_000), url: z.string().min(10).max(500) }),
  answers: { 201: { description: 'The witness', schema: z.object({ id: witnessIdSchema }) } },
  problems: [400, 401, 403, 409],
});

export const removeWitness = defineRoute({
  operationId: 'removeWitness',
  method: 'DELETE',
  path: '/v1/audit/witnesses/{witnessId}',
  tag: 'audit',
  summary: 'Ask a witness no more',
  scope: 'admin',
  needs: 'audit.configure-witnesses',
  params: z.strictObject({ witnessId: witnessIdSchema }),
  answers: { 204: { description: 'It is asked no more' } },
  problems: [400, 401, 403, 404, 409],
});

export const requireWitnesses = defineRoute({
  operationId: 'requireWitnesses',
  method: 'POST',
  path: '/v1/audit/witness-rule',
  tag: 'audit',
  summary: 'Hold the log back where witnesses do not follow; `rule: null` turns it off',
  scope: 'admin',
  needs: 'audit.configure-witnesses',
  body: z.strictObject({ rule: witnessRuleSchema.nullable() }),
  answers: { 200: { description: 'The rule', schema: z.object({ rule: witnessRuleSchema.nullable() }) } },
  problems: [400, 401, 403, 409],
});
