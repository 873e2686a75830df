import { z } from 'zod';
import { limits } from './limits.ts';
import { confidenceSchema, severitySchema } from './severity.ts';

/**
 * The part of a rule that every analyzer shares. Analyzers extend it with their own `match` block.
 * `cases` are the rule's own proof: at least two that must match and two that must not; the loader refuses a rule whose cases fail.
 */
export const ruleHeadSchema = z.object({
  id: z
    .string()
    .regex(/^[a-z0-9]+(?:[-/][a-z0-9]+)*$/u)
    .max(limits.ruleIdCharsMax),
  version: z.int().min(1),
  lifecycle: z.enum(['experimental', 'stable', 'deprecated']),
  title: z.string().min(1).max(limits.titleCharsMax),
  motivation: z.string().min(1).max(limits.messageCharsMax),
  severity: severitySchema,
  confidence: confidenceSchema,
  cwe: z.array(z.int().min(1)).min(1).max(limits.cwePerFindingMax),
  references: z.array(z.string().max(limits.noteCharsMax)).max(limits.referencesPerFindingMax),
  remediation: z.string().min(1).max(limits.messageCharsMax),
});
export type RuleHead = z.infer<typeof ruleHeadSchema>;

export const ruleCaseSchema = z.object({ path: z.string().min(1), code: z.string() });
export const ruleCasesSchema = z.object({
  match: z.array(ruleCaseSchema).min(2),
  clean: z.array(ruleCaseSchema).min(2),
});
export type RuleCase = z.infer<typeof ruleCaseSchema>;
export type RuleCases = z.infer<typeof ruleCasesSchema>;
