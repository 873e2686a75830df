import {
  assertionResponseSchema,
  registrationResponseSchema,
  type AssertionResponse,
  type CreationOptions,
  type RegistrationResponse,
  type RequestOptions,
} from '@lib/contract';

/** A passkey that was not made or used: the person turned away, it took too long, or the browser has none. */
export class PasskeyFailure extends Error {
  override readonly name = 'PasskeyFailure';
}

/** Makes a passkey. Errors: `PasskeyFailure`. */
export async function makeCredential(options: CreationOptions): Promise<RegistrationResponse> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return registrationResponseSchema.parse(jsonOf(await orFail(navigator.credentials.create({ publicKey }))));
}

/** Uses a passkey. Errors: `PasskeyFailure`. */
export async function useCredential(options: RequestOptions): Promise<AssertionResponse> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return assertionResponseSchema.parse(jsonOf(await orFail(navigator.credentials.get({ publicKey }))));
}

async function orFail(asked: Promise<Credential | null>): Promise<Credential | null> {
  try {
    return await asked;
  } catch {
    throw new PasskeyFailure('No passkey was used. Try again, and follow what the browser asks.');
  }
}

function jsonOf(credential: Credential | null): unknown {
  if (!(credential instanceof PublicKeyCredential)) throw new PasskeyFailure('The browser gave no passkey.');
  const json: unknown = credential.toJSON();
  return json;
}
