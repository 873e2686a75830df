import {
  askForPresence,
  claimSchema,
  draftSuppression,
  suppressionSchema,
  type Claim,
  type ClaimWish,
  type SuppressionView,
} from '@lib/contract';
import { z } from 'zod';
import { useCredential } from '../api/credential.ts';
import { presenceHeader } from '../api/passkey.ts';
import { change } from '../api/request.ts';

type Asked = z.infer<(typeof askForPresence)['answers'][200]['schema']>;

/** A claim that waits for its signature. `text` is what the passkey will sign; `claim` was read out of that very text. */
export type Unsigned = { readonly text: string; readonly claim: Claim; readonly sha256: string; readonly asked: Asked };

const textSchema = z.object({ operationId: z.literal('signSuppression'), body: claimSchema });

/**
 * Has a wish spelled out, and asks for the challenge of exactly that. What is shown is read back from the text, and that the text is what
 * will be signed is computed here: whoever altered the answer on its way would have to find another text of the same digest.
 */
export async function askToSign(wish: ClaimWish): Promise<Unsigned> {
  const draft = await change('POST', '/v1/suppressions/draft', { body: wish, schema: draftSuppression.answers[200].schema });
  const question = { operationId: 'signSuppression', body: draft };
  const asked = await change('POST', '/v1/presence', { body: question, schema: askForPresence.answers[200].schema });
  if (asked === undefined) throw new Error('There is nothing to sign.');
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(asked.action)));
  if (base64url(digest) !== asked.options.challenge) throw new Error('The text is not what the passkey would sign. Nothing was signed.');
  const { body } = textSchema.parse(JSON.parse(asked.action));
  return { text: asked.action, claim: body, sha256: [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join(''), asked };
}

/** Has a passkey sign what was shown, and sends that and nothing else. Errors: `ApiFailure`, `PasskeyFailure`. */
export async function signClaim({ claim, asked }: Unsigned): Promise<SuppressionView | undefined> {
  const response = await useCredential(asked.options);
  return change('POST', '/v1/suppressions', {
    body: claim,
    headers: { 'x-aegis-presence': presenceHeader(asked.nonce, response) },
    schema: suppressionSchema,
  });
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCodePoint(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
