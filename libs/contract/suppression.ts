import { z } from 'zod';
import { findingIdSchema, repositoryIdSchema, sha256Schema } from './ids.ts';
import { limits } from './limits.ts';
import { vexJustificationSchema } from './vex.ts';

/** What a person may sign about a finding. No analyzer, model, token or job ever decides one of these. */
export const suppressedStates = ['accepted_risk', 'false_positive'] as const;
export const suppressedStateSchema = z.enum(suppressedStates);
export type SuppressedState = z.infer<typeof suppressedStateSchema>;

const plain = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !text.includes('\u0000'), 'contains NUL');

const reasonSchema = plain(limits.commentCharsMax).refine(
  (text) => text.trim().length >= limits.suppressionReasonCharsMin,
  `at least ${String(limits.suppressionReasonCharsMin)} characters`,
);

/** A file, or a folder with everything below it: POSIX, relative to the root, without a slash at its end. */
const scopePathSchema = plain(limits.pathBytesMax).regex(/^[^/](?:.*[^/])?$/su);
const ruleIdSchema = z.string().min(1).max(limits.ruleIdCharsMax);

/**
 * What a claim is about. `finding`: those that it lists, as long as they are what was shown. `rule`: one version of one rule in a file or
 * folder, now and later. `advisory`: in every repository, packages all of whose advisories are among these names; one more, and the
 * package is open again.
 */
export const suppressionScopeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('finding') }),
  z.strictObject({
    kind: z.literal('rule'),
    repositoryId: repositoryIdSchema,
    path: scopePathSchema,
    ruleId: ruleIdSchema,
    ruleVersion: z.int().min(1),
  }),
  z.strictObject({
    kind: z.literal('advisory'),
    advisoryIds: z.array(z.string().min(1).max(limits.noteCharsMax)).min(1).max(limits.advisoryIdsPerFindingMax),
    ruleId: ruleIdSchema,
    ruleVersion: z.int().min(1),
  }),
]);
export type SuppressionScope = z.infer<typeof suppressionScopeSchema>;

/**
 * One finding of a claim, as it was shown. `contentSha256` is over what was found, and what the claim is bound to; `evidenceSha256` is the
 * sealed proof that it was read from.
 */
export const claimedFindingSchema = z.strictObject({
  id: findingIdSchema,
  title: z.string(),
  path: z.string(),
  startLine: z.int(),
  ruleId: z.string(),
  ruleVersion: z.int(),
  contentSha256: sha256Schema,
  evidenceSha256: sha256Schema,
});
export type ClaimedFinding = z.infer<typeof claimedFindingSchema>;

const decided = {
  decision: suppressedStateSchema,
  reason: reasonSchema,
  /** Why a package is not affected, in the words of OpenVEX; of findings about dependencies. */
  justification: vexJustificationSchema.optional(),
  expiresAt: z.iso.datetime({ precision: 3 }),
};

/**
 * A claim, whole: a person sees exactly this, and a passkey signs exactly this. `count` repeats how many findings there are, as the
 * person confirmed it.
 */
export const claimSchema = z.strictObject({
  ...decided,
  scope: suppressionScopeSchema,
  count: z.int(),
  findings: z.array(claimedFindingSchema).min(1).max(limits.findingsPerDecisionMax),
});
export type Claim = z.infer<typeof claimSchema>;

/** What a claim is made from. Scopes wider than a finding start at one, which says which rule or which advisories. */
export const claimWishSchema = z.strictObject({
  ...decided,
  findingIds: z.array(findingIdSchema).min(1).max(limits.findingsPerDecisionMax),
  scope: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('finding') }),
    z.strictObject({ kind: z.literal('rule'), path: scopePathSchema }),
    z.strictObject({ kind: z.literal('advisory') }),
  ]),
});
export type ClaimWish = z.infer<typeof claimWishSchema>;
