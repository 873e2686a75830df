import { ruleHeadSchema } from '@lib/contract';
import { z } from 'zod';

/** Every rule of this folder, compiled. */
export const rulesAsset = 'secrets.rules.json';

/** Checks of a value that go beyond its shape. `crc32-base62`: the last six characters are the CRC-32 of the rest (GitHub, npm). */
export const valueChecks = ['crc32-base62', 'jwt-header', 'generic-value', 'real-host-password'] as const;

/**
 * How a secret is found: any `keywords` (lower case) must occur in the file, then `pattern` must match; the named group `secret` is the value.
 * Patterns have bounded quantifiers only: JavaScript's engine backtracks, and the text is hostile.
 */
export const secretRuleSchema = ruleHeadSchema.extend({
  match: z.strictObject({
    keywords: z.array(z.string().min(2)).min(1),
    pattern: z.string().min(1).max(1000),
    flags: z.enum(['u', 'iu', 'mu', 'imu']).default('u'),
    entropyMin: z.number().min(0).max(6).default(0),
    check: z.enum(valueChecks).optional(),
    paths: z.string().optional(),
    /** Kept in test and example files too: the format alone proves it is real. */
    inTests: z.boolean().default(true),
  }),
});
export type SecretRule = z.infer<typeof secretRuleSchema>;
