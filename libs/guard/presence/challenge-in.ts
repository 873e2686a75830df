import { z } from 'zod';

const clientDataSchema = z.object({ challenge: z.string().max(200) });

/** The challenge that a browser says it answered: a claim, to be opened and then compared. Empty where there is none. */
export function challengeIn(clientDataJson: string): string {
  try {
    return clientDataSchema.safeParse(JSON.parse(Buffer.from(clientDataJson, 'base64url').toString('utf8'))).data?.challenge ?? '';
  } catch {
    return ''; // no JSON: no challenge of ours
  }
}
