import { addPasskey, askForPasskey, askForPresence } from '@lib/contract';
import type { Ask, TestApi } from './api.ts';
import type { PlantedMember } from './plant-member.ts';
import { softwarePasskey, type Said, type SoftwarePasskey } from './software-passkey.ts';

/** Where the dashboard is for the tests of passkeys: they are for names, and the API listens at a number. */
export const site = { origin: 'https://aegis.test', rpId: 'aegis.test' };

/** The headers of a member whose browser is at that site. */
export function atSite(member: PlantedMember): NonNullable<Ask['headers']> {
  return { ...member.headers, origin: site.origin };
}

/** Adds a member's first passkey as their browser would. */
export async function addFirstPasskey(api: TestApi, member: PlantedMember): Promise<SoftwarePasskey> {
  const passkey = softwarePasskey();
  const headers = atSite(member);
  const options = askForPasskey.answers[200].schema.parse((await api.ask('POST', '/v1/passkeys/options', { headers })).json);
  const response = passkey.register({ ...site, challenge: options.challenge });
  const answer = await api.ask('POST', '/v1/passkeys', { headers, body: { name: 'a test', response } });
  addPasskey.answers[201].schema.parse(answer.json);
  return passkey;
}

/** One request that is to be signed; `change` alters what the authenticator says. */
export type SignedRequest = {
  readonly operationId: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly change?: Partial<Said>;
};

/** Has a member sign a request with a passkey; answers the headers to send it with. */
export async function signed(
  api: TestApi,
  { member, passkey }: { readonly member: PlantedMember; readonly passkey: SoftwarePasskey },
  { operationId, params = {}, body, change }: SignedRequest,
): Promise<NonNullable<Ask['headers']>> {
  const headers = atSite(member);
  const answer = await api.ask('POST', '/v1/presence', { headers, body: { operationId, params, ...(body === undefined ? {} : { body }) } });
  const { nonce, options } = askForPresence.answers[200].schema.parse(answer.json);
  const response = passkey.answer({ ...site, challenge: options.challenge, ...change });
  return { ...headers, 'x-aegis-presence': Buffer.from(JSON.stringify({ nonce, response })).toString('base64url') };
}
