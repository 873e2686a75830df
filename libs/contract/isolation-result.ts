import { z } from 'zod';
import { tenantIdSchema } from './ids.ts';
import { limits } from './limits.ts';

/** First line of the signed text: a checkpoint begins with the name of a log, which has no space, so neither passes for the other. */
export const isolationStatement = 'aegis isolation probe';

const triedSchema = z.object({
  /** The probe's number and name in `npm run test:isolation`. */
  id: z.string().max(limits.noteCharsMax),
  what: z.string().max(limits.noteCharsMax),
  /** `not-run`: it could not be tried, and shows nothing. */
  outcome: z.enum(['held', 'breached', 'not-run']),
  /** What came back: a number of rows, a state of the database, a code. */
  answer: z.string().max(limits.noteCharsMax),
});
export type ProbeTried = z.infer<typeof triedSchema>;

/** What a probe of one tenant's isolation tried, when, on which version, against which decoy. */
export const isolationResultSchema = z.object({
  v: z.literal(1),
  tenant: tenantIdSchema,
  product: z.string().max(limits.noteCharsMax),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  decoy: z.object({ tenant: tenantIdSchema, repositoryId: z.uuid(), scanId: z.uuid(), findingId: z.uuid(), rows: z.int().min(0) }),
  probes: z.array(triedSchema).max(limits.isolationProbesMax),
  held: z.int().min(0),
  breached: z.int().min(0),
  notRun: z.int().min(0),
});
export type IsolationResult = z.infer<typeof isolationResultSchema>;

/** The text that is signed: a line that says what it is, and the result in canonical JSON. */
export function isolationText(canonical: string): string {
  return `${isolationStatement}\n${canonical}\n`;
}

/** Reads a signed text. Nothing when it is a statement of something else, or not what this version says. */
export function readIsolationText(text: string): IsolationResult | undefined {
  const [first, canonical = '', last, ...rest] = text.split('\n');
  if (first !== isolationStatement || last !== '' || rest.length > 0) return undefined;
  const parsed = isolationResultSchema.safeParse(parse(canonical));
  return parsed.success ? parsed.data : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
