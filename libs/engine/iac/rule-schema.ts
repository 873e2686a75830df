import { ruleHeadSchema } from '@lib/contract';
import { z } from 'zod';
import { formats } from './model/subject.ts';

const scalarSchema = () => z.union([z.string(), z.number(), z.boolean()]);
const oneOrMany = () =>
  z.union([scalarSchema(), z.array(scalarSchema()).min(1)]).transform((value) => (Array.isArray(value) ? value : [value]));

/**
 * What a rule says of one path. A path is `a.b["c.d"]`: lists on the way are entered, `*` is every member, `$pod.x` starts at a surrounding thing.
 * The answer is yes, no or maybe; a finding needs yes. With several values at the path, one that fits is enough.
 */
const testSchema = () =>
  z.strictObject({
    path: z.string().min(1),
    /** Equals one of these, compared as text. */
    is: oneOrMany().optional(),
    /** Known, and none of these. */
    not: oneOrMany().optional(),
    matches: z.string().max(1000).optional(),
    unlike: z.string().max(1000).optional(),
    under: z.number().optional(),
    over: z.number().optional(),
    absent: z.literal(true).optional(),
    present: z.literal(true).optional(),
    /** How many of the values at the path must fit; one, unless it is said. */
    atLeast: z.int().min(2).optional(),
    /** Absent (the provider's default is this), or equal to one of these. */
    absentOr: oneOrMany().optional(),
  });
export type Test = z.infer<ReturnType<typeof testSchema>>;

/** A condition: a test, or a combination. */
export type Condition =
  | Test
  | { readonly any: readonly Condition[] }
  | { readonly all: readonly Condition[] }
  | { readonly none: readonly Condition[] }
  /** One value at the path for which all conditions hold. */
  | { readonly some: string; readonly having: readonly Condition[] }
  | Join;

/**
 * Another subject of one of these types, read together with this one, that is tied to it and for which all conditions hold. It is tied when
 * its value at `via` refers to this subject, or equals this subject's value at `on`; with `to`, when this subject's value at `to` refers to it; with neither, always.
 */
export type Join = {
  readonly joined: readonly string[];
  readonly via?: string | undefined;
  readonly on?: string | undefined;
  readonly to?: string | undefined;
  readonly having?: readonly Condition[] | undefined;
};

function conditionSchema(): z.ZodType<Condition> {
  const test = testSchema();
  const conditions = z.array(z.lazy(() => condition));
  const join: z.ZodType<Join> = z
    .strictObject({
      joined: z.union([z.string(), z.array(z.string()).min(1)]).transform((value) => (Array.isArray(value) ? value : [value])),
      via: z.string().optional(),
      on: z.string().optional(),
      to: z.string().optional(),
      having: conditions.optional(),
    })
    .refine((found) => found.via === undefined || found.to === undefined, 'has `via` or `to`, not both');
  const condition: z.ZodType<Condition> = z.union([
    test,
    z.strictObject({ any: conditions.min(1) }),
    z.strictObject({ all: conditions.min(1) }),
    z.strictObject({ none: conditions.min(1) }),
    z.strictObject({ some: z.string(), having: conditions.min(1) }),
    join,
  ]);
  return condition;
}

const matchSchema = () =>
  z
    .strictObject({
      format: z.enum(formats),
      subject: z.union([z.string(), z.array(z.string()).min(1)]).transform((value) => (Array.isArray(value) ? value : [value])),
      /** Says which subjects the rule is about. */
      where: z.array(conditionSchema()).default([]),
      /** Says what is wrong; the finding stands on the last line of these that is written in the file, else on the subject's first line. */
      when: z.array(conditionSchema()).default([]),
      /** `subject`: the fault is the subject as a whole, and the finding covers it. */
      at: z.literal('subject').optional(),
      /** A named check in code, for what conditions cannot say. It runs after `where` and `when`. */
      predicate: z.string().optional(),
    })
    .refine((match) => match.when.length > 0 || match.predicate !== undefined, 'needs `when` or `predicate`');

/**
 * A check of infrastructure code. Several `match` entries are alternatives, tried in order. Made when rules are loaded and let go after it:
 * the heap of a runner is a snapshot, and what stays in it is read at each start.
 */
export const iacRuleSchema = () =>
  ruleHeadSchema.extend({
    match: z.union([matchSchema(), z.array(matchSchema()).min(1)]).transform((value) => (Array.isArray(value) ? value : [value])),
  });
export type IacRule = z.infer<ReturnType<typeof iacRuleSchema>>;
export type RuleMatch = z.infer<ReturnType<typeof matchSchema>>;
