import { askForSignIn } from '@lib/contract';
import { change } from './request.ts';

/** By what a company is named: an address, or what stood in the address that the company gave to its people. */
export type CompanyName = { readonly email: string } | { readonly entry: string };

const backKey = 'aegis.back';

/** Where people of a company sign in; nothing where there is none to be told of. Errors: `ApiFailure`. */
export async function findCompany(company: CompanyName): Promise<string | undefined> {
  const schema = askForSignIn.answers[200].schema;
  return (await change('POST', '/v1/sessions/passkey/options', { body: { company }, schema }))?.location;
}

/** Leaves for the company's provider, and remembers where to go on afterwards: in this tab, and in nothing that leaves it. */
export function leaveFor(address: string, back: string | undefined): void {
  if (back === undefined) sessionStorage.removeItem(backKey);
  else sessionStorage.setItem(backKey, back);
  location.assign(address);
}

/** Signs in with what the provider sent the browser back with; answers where to go on. Errors: `ApiFailure`. */
export async function comeBack(query: string): Promise<string | undefined> {
  await change('POST', '/v1/sessions/company', { body: { query } });
  const back = sessionStorage.getItem(backKey) ?? undefined;
  sessionStorage.removeItem(backKey);
  return back;
}
