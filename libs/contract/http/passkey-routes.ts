import { z } from 'zod';
import { passkeyIdSchema } from '../ids.ts';
import { limits } from '../limits.ts';
import { instantSchema } from './page.ts';
import { defineRoute } from './route.ts';

const base64url = z
  .string()
  .min(1)
  .max(limits.passkeyPartCharsMax)
  .regex(/^[A-Za-z0-9_-]+$/u);

const credentialParts = {
  id: base64url,
  rawId: base64url,
  type: z.literal('public-key'),
};

/** What a browser answers when a passkey was made. Source: WebAuthn Level 3, RegistrationResponseJSON. */
export const registrationResponseSchema = z.object({
  ...credentialParts,
  response: z.object({ clientDataJSON: base64url, attestationObject: base64url }),
});
export type RegistrationResponse = z.infer<typeof registrationResponseSchema>;

/** What a browser answers when a passkey was used. Source: WebAuthn Level 3, AuthenticationResponseJSON. */
export const assertionResponseSchema = z.object({
  ...credentialParts,
  response: z.object({ clientDataJSON: base64url, authenticatorData: base64url, signature: base64url, userHandle: base64url.optional() }),
});
export type AssertionResponse = z.infer<typeof assertionResponseSchema>;

export const passkeySchema = z.object({
  id: passkeyIdSchema,
  name: z.string(),
  createdAt: instantSchema,
  lastUsedAt: instantSchema.nullable(),
});
export type PasskeyView = z.infer<typeof passkeySchema>;

const described = z.object({ type: z.literal('public-key'), id: base64url });

/** What a browser is told to make a passkey by. Source: WebAuthn Level 3, PublicKeyCredentialCreationOptionsJSON. */
const creationOptionsSchema = z.object({
  rp: z.object({ id: z.string(), name: z.string() }),
  user: z.object({ id: base64url, name: z.string(), displayName: z.string() }),
  challenge: base64url,
  pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.int() })),
  timeout: z.int(),
  excludeCredentials: z.array(described),
  authenticatorSelection: z.object({ residentKey: z.literal('required'), userVerification: z.literal('required') }),
  attestation: z.literal('none'),
});

/** What a browser is told to use a passkey by. Source: WebAuthn Level 3, PublicKeyCredentialRequestOptionsJSON. */
const requestOptionsSchema = z.object({
  challenge: base64url,
  rpId: z.string(),
  timeout: z.int(),
  userVerification: z.literal('required'),
  allowCredentials: z.array(described),
});
export type RequestOptions = z.infer<typeof requestOptionsSchema>;
export type CreationOptions = z.infer<typeof creationOptionsSchema>;

export const listPasskeys = defineRoute({
  operationId: 'listPasskeys',
  method: 'GET',
  path: '/v1/passkeys',
  tag: 'sign-in',
  summary: "The caller's own passkeys, oldest first",
  scope: 'read',
  needs: 'passkey.list-own',
  answers: { 200: { description: 'Passkeys', schema: z.object({ items: z.array(passkeySchema).max(limits.passkeysPerMemberMax) }) } },
  problems: [401, 403],
});

export const askForPasskey = defineRoute({
  operationId: 'askForPasskey',
  method: 'POST',
  path: '/v1/passkeys/options',
  tag: 'sign-in',
  summary: 'What a browser needs to make a passkey for the caller; good for five minutes, once',
  scope: 'read',
  needs: 'passkey.add-own',
  answers: { 200: { description: 'Options of navigator.credentials.create', schema: creationOptionsSchema } },
  problems: [401, 403, 409],
});

export const addPasskey = defineRoute({
  operationId: 'addPasskey',
  method: 'POST',
  path: '/v1/passkeys',
  tag: 'sign-in',
  summary: 'Keep a passkey that a browser has made; whoever has one already shows it again',
  scope: 'read',
  needs: 'passkey.add-own',
  presence: 'if-any',
  body: z.strictObject({ name: z.string().trim().min(1).max(100), response: registrationResponseSchema }),
  answers: { 201: { description: 'The passkey', schema: passkeySchema } },
  problems: [400, 401, 403, 409],
});

export const removePasskey = defineRoute({
  operationId: 'removePasskey',
  method: 'DELETE',
  path: '/v1/passkeys/{passkeyId}',
  tag: 'sign-in',
  summary: 'Forget one of the caller’s passkeys; the last one stays',
  scope: 'read',
  needs: 'passkey.remove-own',
  presence: 'required',
  params: z.strictObject({ passkeyId: passkeyIdSchema }),
  answers: { 204: { description: 'Forgotten' } },
  problems: [400, 401, 403, 404, 409],
});

/** By what a company is named: an address of its domain, or what stands in the address that it gives to its people. */
const companySchema = z.union([
  z.strictObject({ email: z.string().trim().toLowerCase().pipe(z.email().max(254)) }),
  z.strictObject({ entry: z.string().regex(/^[A-Za-z0-9_-]{22}$/u) }),
]);

export const askForSignIn = defineRoute({
  operationId: 'askForSignIn',
  method: 'POST',
  path: '/v1/sessions/passkey/options',
  tag: 'sign-in',
  summary:
    'A challenge to sign in with; good for five minutes, once. Where a company is named, the address of its provider too, if it has one here',
  scope: 'none',
  body: z.strictObject({ company: companySchema.optional() }).default({}),
  answers: {
    200: {
      description: 'Options of navigator.credentials.get',
      schema: requestOptionsSchema.extend({ location: z.url().max(limits.signInCharsMax).optional() }),
    },
  },
  problems: [400],
});

export const signInWithPasskey = defineRoute({
  operationId: 'signInWithPasskey',
  method: 'POST',
  path: '/v1/sessions/passkey',
  tag: 'sign-in',
  summary: 'Sign in with a passkey; the answer is a session cookie',
  scope: 'none',
  body: z.strictObject({ response: assertionResponseSchema }),
  answers: { 204: { description: 'Signed in; the cookie is HttpOnly, SameSite=Strict' } },
  problems: [400, 401, 403, 429],
});

export const askForPresence = defineRoute({
  operationId: 'askForPresence',
  method: 'POST',
  path: '/v1/presence',
  tag: 'sign-in',
  summary: 'Ask for the challenge of one exact action, to be signed with a passkey',
  scope: 'read',
  needs: 'passkey.list-own',
  body: z.strictObject({
    operationId: z.string().min(1).max(60),
    params: z.record(z.string().max(60), z.string().max(200)).default({}),
    body: z.record(z.string().max(60), z.unknown()).optional(),
  }),
  answers: {
    200: {
      description: 'The action as it will be signed, and options of navigator.credentials.get whose challenge is its SHA-256',
      schema: z.object({ action: z.string(), nonce: base64url, options: requestOptionsSchema }),
    },
  },
  problems: [400, 401, 403],
});
