import { z } from 'zod';
import {
  findingIdSchema,
  instantSchema,
  limits,
  signedSuppressionSchema,
  suppressionSchema,
  type Claim,
  type FindingId,
  type MemberId,
  type SignedSuppressionView,
  type SuppressionId,
  type SuppressionStanding,
  type SuppressionView,
} from '@lib/contract';
import type { SignedProof } from '@lib/guard/presence';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

/** A claim on its way in: who signed what. */
export type NewSuppression = {
  readonly id: SuppressionId;
  readonly memberId: MemberId;
  readonly claim: Claim;
  readonly proof: SignedProof;
};

const keptSchema = z.object({ fits: z.boolean(), waiting: z.int() });

/** Whether the date of a claim is neither too near nor too far, by the database's clock, and how many wider claims wait already. */
export async function weighClaim(tx: TenantTx, expiresAt: string): Promise<z.infer<typeof keptSchema>> {
  const [row] = await tx.query(sql('review.weigh-claim')`
    select ${expiresAt}::timestamptz between clock_timestamp() + ${limits.suppressionMsMin} * interval '1 millisecond'
        and clock_timestamp() + ${limits.suppressionMsMax} * interval '1 millisecond' as fits,
      (select count(*)::integer from app.suppression s
        where s.tenant_id = ${tx.context.tenantId} and s.ended_at is null and s.scope_kind <> 'finding') as waiting`);
  return keptSchema.parse(row);
}

/**
 * Keeps a claim with its findings, moves them, and adds that to their history. The rows are held by the caller. A claim whose very text is
 * kept already is refused by its key.
 */
export async function insertSuppression(tx: TenantTx, { id, memberId, claim, proof }: NewSuppression): Promise<void> {
  const { tenantId, actor } = tx.context;
  await tx.query(sql('review.sign-suppression')`
    with kept as (
      insert into app.suppression (tenant_id, id, member_id, decision, reason, justification, scope, scope_kind, expires_at, action,
        action_sha256, assertion, credential_id, public_key, origin, rp_id)
      values (${tenantId}, ${id}, ${memberId}, ${claim.decision}, ${claim.reason}, ${claim.justification}, ${JSON.stringify(claim.scope)}::jsonb,
        ${claim.scope.kind}, ${claim.expiresAt}::timestamptz, ${proof.action}, sha256(convert_to(${proof.action}, 'UTF8')),
        ${JSON.stringify(proof.response)}::jsonb, ${Buffer.from(proof.response.id, 'base64url')}, ${proof.publicKey}, ${proof.origin}, ${proof.rpId})
    ), listed as (
      select * from jsonb_to_recordset(${JSON.stringify(claim.findings)}::jsonb) as r (id uuid, "contentSha256" text, "ruleVersion" integer)
    ), items as (
      insert into app.suppression_item (tenant_id, suppression_id, finding_id, content_sha256, rule_version)
      select ${tenantId}, ${id}, r.id, decode(r."contentSha256", 'hex'), r."ruleVersion" from listed r
    ), noted as (
      insert into app.finding_act (tenant_id, id, finding_id, actor_type, actor_id, from_state, to_state, comment)
      select ${tenantId}, gen_random_uuid(), f.id, ${actor.type}, ${actor.id}, app.standing(f.state, f.suppressed_until), ${claim.decision},
        ${claim.reason}
      from app.finding f join listed r on r.id = f.id where f.tenant_id = ${tenantId}
    )
    update app.finding f set state = ${claim.decision}, suppression_id = ${id}, suppressed_until = ${claim.expiresAt}::timestamptz
    from listed r where f.tenant_id = ${tenantId} and f.id = r.id`);
}

/** Where a page of claims goes on. */
export type SuppressionPosition = Pick<SuppressionView, 'signedAt' | 'id'>;

/** Reads claims, newest first, one more than asked for. */
export async function findSuppressions(
  tx: TenantTx,
  filter: { readonly standing: SuppressionStanding | undefined },
  page: { readonly before: SuppressionPosition | undefined; readonly limit: number },
): Promise<readonly SuppressionView[]> {
  const rows = await tx.query(sql('review.list-suppressions')`
    select * from (
      select s.id, s.decision, s.reason, s.justification, s.scope, json_build_object('memberId', m.id, 'name', m.name) as "signedBy",
        s.signed_at as "signedAt", s.expires_at as "expiresAt", s.ended_at as "endedAt", c.covers,
        case when s.ended_at is not null or s.expires_at <= statement_timestamp() then 'over' when c.covers = 0 then 'dead' else 'live' end as standing
      from app.suppression s
      join app.member m on m.tenant_id = s.tenant_id and m.id = s.member_id
      cross join lateral (
        select count(*) filter (where s.ended_at is null and app.standing(f.state, f.suppressed_until) = s.decision)::integer as covers
        from app.finding f where f.tenant_id = s.tenant_id and f.suppression_id = s.id
      ) c
      where s.tenant_id = ${tx.context.tenantId}
        and (${page.before?.id}::uuid is null or (s.signed_at, s.id) < (${page.before?.signedAt}::timestamptz, ${page.before?.id}::uuid))
    ) s
    where ${filter.standing}::text is null or s.standing = ${filter.standing}::text
    order by s."signedAt" desc, s.id desc limit ${page.limit + 1}`);
  return rows.map((row) => suppressionSchema.parse(row));
}

const signedRowSchema = z.object({
  action: z.string(),
  assertion: z.unknown(),
  credential_id: z.instanceof(Uint8Array),
  public_key: z.instanceof(Uint8Array),
  origin: z.string(),
  rp_id: z.string(),
});

/** Reads one claim with its signature. */
export async function findSuppression(tx: TenantTx, id: SuppressionId): Promise<SignedSuppressionView | undefined> {
  const [row] = await tx.query(sql('review.find-suppression')`
    select s.id, s.decision, s.reason, s.justification, s.scope, json_build_object('memberId', m.id, 'name', m.name) as "signedBy",
      s.signed_at as "signedAt", s.expires_at as "expiresAt", s.ended_at as "endedAt", c.covers,
      case when s.ended_at is not null or s.expires_at <= statement_timestamp() then 'over' when c.covers = 0 then 'dead' else 'live' end as standing,
      s.action, s.assertion, s.credential_id, s.public_key, s.origin, s.rp_id
    from app.suppression s
    join app.member m on m.tenant_id = s.tenant_id and m.id = s.member_id
    cross join lateral (
      select count(*) filter (where s.ended_at is null and app.standing(f.state, f.suppressed_until) = s.decision)::integer as covers
      from app.finding f where f.tenant_id = s.tenant_id and f.suppression_id = s.id
    ) c
    where s.tenant_id = ${tx.context.tenantId} and s.id = ${id}`);
  if (row === undefined) return undefined;
  const kept = signedRowSchema.parse(row);
  return signedSuppressionSchema.parse({
    ...row,
    signature: {
      action: kept.action,
      assertion: kept.assertion,
      credentialId: Buffer.from(kept.credential_id).toString('base64url'),
      publicKey: Buffer.from(kept.public_key).toString('base64url'),
      origin: kept.origin,
      rpId: kept.rp_id,
    },
  });
}

const endSchema = z.object({ expiresAt: instantSchema, over: z.boolean(), due: z.boolean() });

/** A claim that is held: `over` when it has ended before, `due` when its date has come, by the database's clock. */
export type HeldSuppression = z.infer<typeof endSchema>;

/** Holds the row of a claim. */
export async function lockSuppression(tx: TenantTx, id: SuppressionId): Promise<HeldSuppression | undefined> {
  const [row] = await tx.query(sql('review.lock-suppression')`
    select s.expires_at as "expiresAt", s.ended_at is not null as over, s.expires_at <= clock_timestamp() as due
    from app.suppression s where s.tenant_id = ${tx.context.tenantId} and s.id = ${id} for update`);
  return row === undefined ? undefined : endSchema.parse(row);
}

/** Ends a claim that is held, opens what it kept quiet, and adds that to its history. Answers which findings. */
export async function closeSuppression(tx: TenantTx, id: SuppressionId): Promise<readonly FindingId[]> {
  const { tenantId, actor } = tx.context;
  const rows = await tx.query(sql('review.close-suppression')`
    with ended as (
      update app.suppression set ended_at = clock_timestamp() where tenant_id = ${tenantId} and id = ${id} and ended_at is null
    ), asked as (
      select f.id, f.state from app.finding f
      where f.tenant_id = ${tenantId} and f.suppression_id = ${id} and f.state in ('accepted_risk', 'false_positive')
      order by f.id for update
    ), moved as (
      update app.finding f set state = 'reopened', suppression_id = null, suppressed_until = null from asked a
      where f.tenant_id = ${tenantId} and f.id = a.id
    ), noted as (
      insert into app.finding_act (tenant_id, id, finding_id, actor_type, actor_id, from_state, to_state)
      select ${tenantId}, gen_random_uuid(), a.id, ${actor.type}, ${actor.id}, a.state, 'reopened' from asked a
    )
    select id from asked`);
  return rows.map((row) => findingIdSchema.parse(row['id']));
}
