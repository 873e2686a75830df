import { z } from 'zod';

// Everything that a writer may leave out is optional, and what is not read may be of any form: a log is taken as far as it can be understood.
const messageSchema = z.object({
  text: z.string().optional(),
  markdown: z.string().optional(),
  id: z.string().optional(),
  arguments: z.array(z.string()).optional(),
});
const bagSchema = z.record(z.string(), z.unknown());
const artifactLocationSchema = z.object({ uri: z.string().optional(), uriBaseId: z.string().optional(), index: z.int().optional() });
const regionSchema = z.object({
  startLine: z.int().optional(),
  startColumn: z.int().optional(),
  endLine: z.int().optional(),
  endColumn: z.int().optional(),
  snippet: z.object({ text: z.string().optional() }).optional(),
});
const locationSchema = z.object({
  physicalLocation: z.object({ artifactLocation: artifactLocationSchema.optional(), region: regionSchema.optional() }).optional(),
  message: messageSchema.optional(),
});
const ruleSchema = z.object({
  id: z.string(),
  name: z.string().optional(),
  shortDescription: messageSchema.optional(),
  fullDescription: messageSchema.optional(),
  help: messageSchema.optional(),
  helpUri: z.string().optional(),
  messageStrings: z.record(z.string(), messageSchema).optional(),
  defaultConfiguration: z.object({ level: z.string().optional() }).optional(),
  relationships: z.array(z.object({ target: z.object({ id: z.string().optional() }) })).optional(),
  properties: bagSchema.optional(),
});
const componentSchema = z.object({
  name: z.string(),
  version: z.string().optional(),
  semanticVersion: z.string().optional(),
  rules: z.array(ruleSchema).optional(),
});
const resultSchema = z.object({
  ruleId: z.string().optional(),
  ruleIndex: z.int().optional(),
  rule: z
    .object({ id: z.string().optional(), index: z.int().optional(), toolComponent: z.object({ index: z.int().optional() }).optional() })
    .optional(),
  level: z.string().optional(),
  kind: z.string().optional(),
  message: messageSchema,
  locations: z.array(locationSchema).optional(),
  codeFlows: z
    .array(z.object({ threadFlows: z.array(z.object({ locations: z.array(z.object({ location: locationSchema.optional() })) })) }))
    .optional(),
  fingerprints: z.record(z.string(), z.string()).optional(),
  partialFingerprints: z.record(z.string(), z.string()).optional(),
  suppressions: z.array(z.object({ status: z.string().optional() })).nullish(),
  baselineState: z.string().optional(),
  taxa: z.array(z.object({ id: z.string().optional() })).optional(),
  properties: bagSchema.optional(),
});
export type SarifRule = z.infer<typeof ruleSchema>;
export type SarifResult = z.infer<typeof resultSchema>;
export type SarifLocation = z.infer<typeof locationSchema>;
export type SarifMessage = z.infer<typeof messageSchema>;

const runSchema = z.object({
  tool: z.object({ driver: componentSchema, extensions: z.array(componentSchema).optional() }),
  results: z.array(z.unknown()).nullish(),
  artifacts: z.array(z.object({ location: artifactLocationSchema.optional() })).optional(),
  originalUriBaseIds: z.record(z.string(), artifactLocationSchema).optional(),
  invocations: z
    .array(z.object({ executionSuccessful: z.boolean().optional(), workingDirectory: artifactLocationSchema.optional() }))
    .optional(),
});
export type SarifRun = z.infer<typeof runSchema>;

/** The part of a SARIF 2.1.0 log that is read. Results are validated one by one: a bad one costs itself. Source: OASIS SARIF 2.1.0. */
export const sarifLogSchema = z.object({ version: z.string().startsWith('2.1.'), runs: z.array(runSchema) });
export { resultSchema as sarifResultSchema };
