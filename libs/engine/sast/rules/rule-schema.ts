import { z } from 'zod';
import { grammarNameSchema, ruleHeadSchema } from '@lib/contract';

/** What the value handed to a sink must be: one of these constants, or a text that matches. */
const constantSchema = () =>
  z.strictObject({
    kind: z.literal('constant'),
    sinks: z.array(z.string()).min(1),
    pattern: z.string().optional(),
    values: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
    /** The text is itself a secret and is never shown. */
    isSecret: z.boolean().default(false),
    /** Texts that are not meant, such as placeholders. */
    except: z.string().optional(),
    /** As for flows. */
    onlyIfCalled: z.strictObject({ names: z.array(z.string()).min(1), matches: z.string().optional() }).optional(),
  });

const flowSchema = () =>
  z.strictObject({
    kind: z.literal('flow'),
    origins: z.array(z.string()).min(1),
    sinks: z.array(z.string()).min(1),
    /** What the label of the source must match. */
    labels: z.string().optional(),
    /** A call by one of these names with a matching text in the same function makes the sink harmless, such as a content type that is no page. */
    /** Traits that the data must have, such as being part of a text. */
    traits: z.array(z.string()).default([]),
    /** Traits that the data must not have. */
    without: z.array(z.string()).default([]),
    unlessCalled: z.strictObject({ names: z.array(z.string()).min(1), matches: z.string().optional() }).optional(),
    /** A call by one of these names with a matching text must stand in the same function. */
    onlyIfCalled: z.strictObject({ names: z.array(z.string()).min(1), matches: z.string().optional() }).optional(),
  });

/** An object of options that lacks a setting. */
const optionSchema = () =>
  z.strictObject({
    kind: z.literal('option'),
    sinks: z.array(z.string()).min(1),
    required: z.array(z.string()).min(1),
    /** The first argument must match, where it is known. */
    named: z.string().optional(),
    /** Options that are not given at all are left to their default, which is sound. */
    whenGiven: z.boolean().default(false),
  });

/** Every use of these sinks with a value that the program alone does not decide; or, for `any`, every use. */
const useSchema = () =>
  z.strictObject({
    kind: z.literal('use'),
    sinks: z.array(z.string()).min(1),
    any: z.boolean().default(false),
    /** As for flows. */
    unlessCalled: z.strictObject({ names: z.array(z.string()).min(1), matches: z.string().optional() }).optional(),
  });

const checkSchema = () =>
  z.strictObject({
    kind: z.literal('check'),
    name: z.enum([
      'redos',
      'polynomial-redos',
      'timing-comparison',
      'random-secret',
      'tenant-filter',
      'weak-hash',
      'open-cors',
      'owner-filter',
      'host-substring',
      'client-chosen-key',
      'open-operations',
      'sign-replacement',
      'sequence-replacement',
      'host-expression',
      'anchor-expression',
      'scheme-test',
      'suffix-test',
      'dynamic-call',
      'remote-property',
      'missing-csrf',
      'returned-page',
      'open-trust',
      'list-for-text',
      'partial-escape',
      'csrf-exempt',
      'unset-cookie',
      'disabled-guard',
      'hidden-literal',
      'client-route',
      'model-tool',
    ]),
    /** Families of sources that the check asks for, where it follows data. */
    origins: z.array(z.string()).default(['request']),
  });

const matchSchema = () => z.discriminatedUnion('kind', [flowSchema(), constantSchema(), optionSchema(), useSchema(), checkSchema()]);
export type Match = z.infer<ReturnType<typeof matchSchema>>;

/**
 * A rule of this analyzer: a rule matches when any of its `match` entries does. Made when rules are loaded and let go after it: the heap of a
 * runner is a snapshot, and what stays in it is read at each start.
 */
export const sastRuleSchema = () =>
  ruleHeadSchema.extend({
    match: z.array(matchSchema()).min(1),
    /** Rules that say the same with more certainty: where one of them matches, this one is silent. */
    yieldsTo: z.array(z.string()).default([]),
    /** What differs for a language other than JavaScript; a language that is not here is not spoken of. The id begins with the language then. */
    variants: z
      .partialRecord(
        grammarNameSchema,
        z.strictObject({ remediation: z.string().min(1), title: z.string().min(1).optional(), motivation: z.string().min(1).optional() }),
      )
      .default({}),
    /** What becomes of the finding in test code, where much is done on purpose. */
    inTests: z.enum(['report', 'lower', 'skip']).default('lower'),
  });
export type SastRule = z.infer<ReturnType<typeof sastRuleSchema>>;
