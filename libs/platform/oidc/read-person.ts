import { z } from 'zod';
import type { OidcPerson } from './oidc.ts';

const groupSchema = z.string().min(1).max(200);
const claimsSchema = z.looseObject({
  sub: z.string().min(1).max(255), // Source: OpenID Connect Core 1.0, section 2
  email: z.string().trim().toLowerCase().pipe(z.email().max(254)).optional().catch(undefined),
  // some write it as a text; anything but a clear yes is a no
  email_verified: z
    .union([z.literal(true), z.literal('true')])
    .optional()
    .catch(undefined),
  // Entra ID does not say `email_verified`; this says that the owner of the domain was verified
  xms_edov: z
    .union([z.literal(true), z.literal('1'), z.literal(1), z.literal('true')])
    .optional()
    .catch(undefined),
  name: z.string().trim().min(1).max(200).optional().catch(undefined),
});
const groupsMax = 1_000; // past this nobody's role hangs on one more

/** What checked claims say of a person, by a schema of ours; nothing where there is no subject. */
export function readPerson(claims: Readonly<Record<string, unknown>>, groupsClaim: string | undefined): OidcPerson | undefined {
  const parsed = claimsSchema.safeParse(claims);
  if (!parsed.success) return undefined;
  const { sub, email, email_verified: verified, xms_edov: domainVerified, name } = parsed.data;
  const said = groupsClaim === undefined || !Object.hasOwn(claims, groupsClaim) ? [] : claims[groupsClaim];
  const list: readonly unknown[] = Array.isArray(said) ? said : [said];
  const groups = list.slice(0, groupsMax).flatMap((value) => groupSchema.safeParse(value).data ?? []);
  return { subject: sub, email: verified !== undefined || domainVerified !== undefined ? email : undefined, name, groups };
}
