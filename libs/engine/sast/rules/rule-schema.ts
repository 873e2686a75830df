import { z } from 'zod';
import { ruleHeadSchema } from '@lib/contract';

/** What the value handed to a sink must be: one of these constants, or a text that matches. */
const constantSchema = z.strictObject({
  kind: z.literal('constant'),
  sinks: z.array(z.string()).min(1),
  pattern: z.string().optional(),
  values: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  /** The text is itself a secret and is never shown. */
  isSecret: z.boolean().default(false),
  /** Texts that are not meant, such as placeholders. */
  except: z.string().optional(),
});

const flowSchema = z.strictObject({
  kind: z.literal('flow'),
  origins: z.array(z.string()).min(1),
  sinks: z.array(z.string()).min(1),
  /** A call by one of these names with a matching text in the same function makes the sink harmless, such as a content type that is no page. */
  unlessCalled: z.strictObject({ names: z.array(z.string()).min(1), matches: z.string().optional() }).optional(),
});

/** An object of options that lacks a setting. */
const optionSchema = z.strictObject({
  kind: z.literal('option'),
  sinks: z.array(z.string()).min(1),
  required: z.array(z.string()).min(1),
  /** The first argument must match, where it is known. */
  named: z.string().optional(),
  /** Options that are not given at all are left to their default, which is sound. */
  whenGiven: z.boolean().default(false),
});

const checkSchema = z.strictObject({
  kind: z.literal('check'),
  name: z.enum(['redos', 'timing-comparison', 'random-secret', 'tenant-filter', 'weak-hash', 'open-cors']),
});

export const matchSchema = z.discriminatedUnion('kind', [flowSchema, constantSchema, optionSchema, checkSchema]);
export type Match = z.infer<typeof matchSchema>;

/** A rule of this analyzer: a rule matches when any of its `match` entries does. */
export const sastRuleSchema = ruleHeadSchema.extend({
  match: z.array(matchSchema).min(1),
  /** What becomes of the finding in test code, where much is done on purpose. */
  inTests: z.enum(['report', 'lower', 'skip']).default('lower'),
});
export type SastRule = z.infer<typeof sastRuleSchema>;
