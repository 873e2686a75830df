import { ruleHeadSchema } from '@lib/contract';
import { z } from 'zod';

/** Every rule of this folder, compiled. */
export const rulesAsset = 'secrets.rules.json';

/**
 * Checks of a value that go beyond its shape. `crc32-base62`: the last six characters are the CRC-32 of the rest (GitHub, npm);
 * one that does not fit is reported as doubtful. `jwt-header`: the first part is a JOSE header. `generic-value`: generated or made up, not written prose.
 * `real-host-password`: not the name of a product used as its own password.
 */
export const valueChecks = ['crc32-base62', 'jwt-header', 'generic-value', 'real-host-password'] as const;

const assignedSchema = () =>
  z.strictObject({
    /** Must match somewhere in the name that the value is given to; any case. */
    names: z.string().min(1).max(1000),
    /** Must match the whole value. */
    value: z.string().min(1).max(300),
  });

/**
 * How a secret is found: where one of `keywords` (lower case) stands, `pattern` is tried on the text around it, its named group `secret`
 * being the value; or the assignment at that place is read and judged by name and value (`assigned`), whatever the language writes around them.
 * Patterns have bounded quantifiers only, and see `before` and `after` characters around the keyword: JavaScript's engine backtracks, and the text is hostile.
 * Made when rules are loaded and let go after it: the heap of a runner is a snapshot, and what stays in it is read at each start.
 */
export const secretRuleSchema = () =>
  ruleHeadSchema.extend({
    match: z
      .strictObject({
        keywords: z.array(z.string().min(2)).min(1),
        pattern: z.string().min(1).max(1000).optional(),
        assigned: assignedSchema().optional(),
        flags: z.enum(['u', 'iu', 'mu', 'imu']).default('u'),
        before: z.int().min(0).max(1_000).default(120),
        after: z.int().min(1).max(20_000).default(400),
        entropyMin: z.number().min(0).max(6).default(0),
        check: z.enum(valueChecks).optional(),
        paths: z.string().optional(),
        /** Kept in test and example files too: the format alone proves it is real. */
        inTests: z.boolean().default(true),
      })
      .refine((match) => (match.pattern === undefined) !== (match.assigned === undefined), 'either `pattern` or `assigned`'),
  });
export type SecretRule = z.infer<ReturnType<typeof secretRuleSchema>>;
