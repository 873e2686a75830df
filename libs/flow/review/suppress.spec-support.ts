import { claimSchema, suppressionSchema, type Claim, type ClaimWish, type FindingId, type SuppressionView } from '@lib/contract';
import { addFirstPasskey, signed, site } from '../../../tools/testing/plant-passkey.ts';
import { plantMember, type PlantedMember } from '../../../tools/testing/plant-member.ts';
import type { Answer, TestApi, TestTenant } from '../../../tools/testing/api.ts';
import type { Said, SoftwarePasskey } from '../../../tools/testing/software-passkey.ts';

/** Somebody who may sign, and their passkey. */
export type Signer = { readonly api: TestApi; readonly member: PlantedMember; readonly passkey: SoftwarePasskey };

/** An analyst of a tenant with a passkey. */
export async function plantSigner(api: TestApi, tenant: TestTenant = api.acme): Promise<Signer> {
  const member = await plantMember(api, tenant, 'analyst');
  return { api, member, passkey: await addFirstPasskey(api, member) };
}

/** A day from now. */
export function tomorrow(): string {
  return new Date(Date.now() + 86_400_000).toISOString();
}

/** A wish about findings that is right in everything. */
export function wishAbout(findingIds: readonly FindingId[], change: Partial<ClaimWish> = {}): ClaimWish {
  const [scope, reason] = [{ kind: 'finding' } as const, 'only our own tests reach it'];
  return { findingIds: [...findingIds], decision: 'accepted_risk', reason, expiresAt: tomorrow(), scope, ...change };
}

/** The claim that the API makes of a wish. */
export async function draft({ api, member }: Signer, wish: ClaimWish): Promise<Claim> {
  const headers = { ...member.headers, origin: site.origin };
  return claimSchema.parse((await api.ask('POST', '/v1/suppressions/draft', { headers, body: wish })).json);
}

/** Signs one body and sends another, which is the same unless a test says so. */
export async function sign(
  signer: Signer,
  claim: unknown,
  {
    sent = claim,
    change,
    extra = {},
  }: { readonly sent?: unknown; readonly change?: Partial<Said>; readonly extra?: Record<string, string> } = {},
): Promise<Answer> {
  const headers = await signed(signer.api, signer, {
    operationId: 'signSuppression',
    body: claim,
    ...(change === undefined ? {} : { change }),
  });
  return signer.api.ask('POST', '/v1/suppressions', { headers: { ...headers, ...extra }, body: sent });
}

/** Has a wish drafted and signed. */
export async function suppress(signer: Signer, wish: ClaimWish): Promise<SuppressionView> {
  const answer = await sign(signer, await draft(signer, wish));
  return suppressionSchema.parse(answer.json);
}
