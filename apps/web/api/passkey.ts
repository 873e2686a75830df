import { addPasskey, askForPasskey, askForPresence, askForSignIn, type AssertionResponse } from '@lib/contract';
import type { z } from 'zod';
import { makeCredential, useCredential } from './credential.ts';
import { ApiFailure, change } from './request.ts';

/** Whether this browser can, at this address: passkeys are for names, not for numbers. */
export function canUsePasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && !/^[\d.:[\]]+$/u.test(location.hostname);
}

/** Signs in with a passkey that the person chooses. Errors: `ApiFailure`, `PasskeyFailure`. */
export async function signInWithPasskey(): Promise<void> {
  const options = await change('POST', '/v1/sessions/passkey/options', { schema: askForSignIn.answers[200].schema });
  if (options === undefined) return;
  await change('POST', '/v1/sessions/passkey', { body: { response: await useCredential(options) } });
}

/** Makes a passkey and keeps it under a name. Errors: `ApiFailure`, `PasskeyFailure`. */
export async function makePasskey(name: string): Promise<void> {
  const options = await change('POST', '/v1/passkeys/options', { schema: askForPasskey.answers[200].schema });
  if (options === undefined) return;
  const body = { name, response: await makeCredential(options) };
  await changeSigned('POST', '/v1/passkeys', { operationId: 'addPasskey', body, schema: addPasskey.answers[201].schema });
}

/** What a change that may have to be signed is made of; see `change`. */
export type SignedChange<T> = {
  readonly operationId: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly schema?: z.ZodType<T>;
};

/** Changes something; where the server wants it signed, exactly this request is signed with a passkey. Errors: `ApiFailure`, `PasskeyFailure`. */
export async function changeSigned<T>(method: 'POST' | 'DELETE', path: string, signed: SignedChange<T>): Promise<T | undefined> {
  const { operationId, params = {}, ...options } = signed;
  try {
    return await change(method, path, options);
  } catch (error) {
    if (!(error instanceof ApiFailure && error.problem?.code === 'presence.needed')) throw error;
  }
  const question = { operationId, params, ...(options.body === undefined ? {} : { body: options.body }) };
  const asked = await change('POST', '/v1/presence', { body: question, schema: askForPresence.answers[200].schema });
  if (asked === undefined) return undefined;
  const response = await useCredential(asked.options);
  return change(method, path, { ...options, headers: { 'x-aegis-presence': presenceHeader(asked.nonce, response) } });
}

/** The header that brings a passkey's answer. */
export function presenceHeader(nonce: string, response: AssertionResponse): string {
  const answer = btoa(JSON.stringify({ nonce, response })); // both are ASCII
  return answer.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
