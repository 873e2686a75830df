import { z } from 'zod';

// Provider values may be of any form; what is read of them is bounded where it is walked.
const values = z.record(z.string(), z.unknown());

const plannedResourceSchema = z.object({
  address: z.string(),
  mode: z.string().optional(),
  type: z.string(),
  name: z.string(),
  values: values.nullish(),
  /** The same form as `values`, true where a value is sensitive. */
  sensitive_values: z.unknown(),
});
export type PlannedResource = z.infer<typeof plannedResourceSchema>;

/** A module with what it holds. Its children are parsed when they are reached, so that depth costs no stack. */
export const plannedModuleSchema = z.object({
  resources: z.array(plannedResourceSchema).optional(),
  child_modules: z.array(z.unknown()).optional(),
});

const expressionsSchema = z.record(z.string(), z.unknown());

export const configuredModuleSchema = z.object({
  resources: z.array(z.object({ address: z.string(), expressions: expressionsSchema.optional() })).optional(),
  module_calls: z.record(z.string(), z.object({ expressions: expressionsSchema.optional(), module: z.unknown() })).optional(),
});
export type ConfiguredModule = z.infer<typeof configuredModuleSchema>;

/**
 * What `terraform show -json` writes of a plan, as far as it is read. Source: developer.hashicorp.com/terraform/internals/json-format,
 * format version 1.
 */
export const planSchema = z.object({
  format_version: z.string(),
  planned_values: z.object({ root_module: z.unknown() }),
  resource_changes: z.array(z.object({ address: z.string(), change: z.object({ after_unknown: z.unknown() }) })).optional(),
  configuration: z.object({ root_module: z.unknown() }).optional(),
});
export type Plan = z.infer<typeof planSchema>;
