import { askForPasskey, askForSignIn, type RegistrationResponse } from '@lib/contract';
import { z } from 'zod';
import { makeCredential, useCredential } from '../api/credential.ts';
import { change } from '../api/request.ts';

const creation = askForPasskey.answers[200].schema;
const using = askForSignIn.answers[200].schema;
const askedSchema = z.object({ id: z.uuid(), secret: z.string() });

/** Does an act that is signed: the challenge is of exactly this act, and the answer goes with the request. Errors: `ApiFailure`, `PasskeyFailure`. */
export async function actSigned(act: string, path: string, body: Readonly<Record<string, unknown>>): Promise<void> {
  await change('POST', path, { body: { ...body, signed: await signatureOf({ act, ...body }) } });
}

/** Signs in with a passkey; there is no other way. */
export async function signIn(): Promise<void> {
  const options = await change('POST', '/v1/sign-in/options', { schema: using });
  if (options !== undefined) await change('POST', '/v1/sign-in', { body: { response: await useCredential(options) } });
}

/** Asks to be let in; the secret is for this person alone. */
export function askToEnrol(name: string): Promise<z.output<typeof askedSchema> | undefined> {
  return change('POST', '/v1/enrolments', { body: { name }, schema: askedSchema });
}

/** Makes the first passkey of an enrolment that two others have granted, then signs in with it. */
export async function enrol(secret: string, name: string): Promise<void> {
  const options = await change('POST', '/v1/enrolments/options', { body: { secret }, schema: creation });
  if (options === undefined) return;
  await change('POST', '/v1/enrolments/passkey', { body: { secret, name, response: await makeCredential(options) } });
  await signIn();
}

/** Adds another authenticator, signed with one that is there. */
export async function addAuthenticator(name: string): Promise<void> {
  const options = await change('POST', '/v1/passkeys/options', { schema: creation });
  if (options === undefined) return;
  const response: RegistrationResponse = await makeCredential(options);
  const signed = await signatureOf({ act: 'passkey', credentialId: response.id });
  await change('POST', '/v1/passkeys', { body: { name, response, signed } });
}

async function signatureOf(act: Readonly<Record<string, unknown>>) {
  const options = await change('POST', '/v1/acts', { body: act, schema: using });
  return options === undefined ? undefined : useCredential(options);
}
