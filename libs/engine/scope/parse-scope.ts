import { parse } from 'yaml';
import { z } from 'zod';
import { limits } from '@lib/contract';

const globSchema = z.string().min(1).max(limits.pathBytesMax);
const ignoreSchema = z.strictObject({
  rule: z.string().min(1).max(limits.ruleIdCharsMax),
  paths: z.array(globSchema).max(limits.scopeGlobsMax).optional(),
  reason: z.string().trim().min(1).max(limits.noteCharsMax),
  until: z.iso.date(),
});

/** What `.aegis.yml` may say: what is looked at, and what is let be, for which reason and how long. */
export const scopeSchema = z.strictObject({
  exclude: z.array(globSchema).max(limits.scopeGlobsMax).default([]),
  ignore: z.array(ignoreSchema).max(limits.scopeIgnoresMax).default([]),
});
export type Scope = z.infer<typeof scopeSchema>;

/** Reads `.aegis.yml`. Undefined when it is not what it may be: then nothing is left out. */
export function parseScope(text: string): Scope | undefined {
  const parsed = scopeSchema.safeParse(parseYaml(text));
  return parsed.success ? parsed.data : undefined;
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0, schema: 'core' });
  } catch {
    return undefined;
  }
}
