import { z } from 'zod';
import {
  evidencePackSchema,
  evidenceRefSchema,
  findingDetailSchema,
  type EvidencePack,
  type EvidenceRef,
  type FindingDetailView,
  type FindingId,
  limits,
} from '@lib/contract';
import { packOf } from '@lib/guard/evidence';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const rowSchema = z.object({
  finding: findingDetailSchema.omit({ evidence: true }),
  ref: evidenceRefSchema,
  pack: evidencePackSchema,
});

/** A finding as it is recorded, and where its newest proof lies. */
export type RecordedFinding = {
  readonly finding: Omit<FindingDetailView, 'evidence'>;
  readonly ref: EvidenceRef;
  readonly pack: EvidencePack;
};

/** Reads a finding with the place of its newest proof. */
export async function findRecorded(tx: TenantTx, id: FindingId): Promise<RecordedFinding | undefined> {
  const rows = await tx.query(sql('review.find-recorded')`
    select f.id, f.repository_id as "repositoryId", f.analyzer, f.rule_id as "ruleId", f.rule_version as "ruleVersion",
      (array['info', 'low', 'medium', 'high', 'critical'])[f.severity + 1] as severity,
      (array['low', 'medium', 'high'])[f.confidence + 1] as confidence, f.score, f.title, f.path, f.start_line as "startLine",
      app.standing(f.state, f.suppressed_until) as state, case when app.standing(f.state, f.suppressed_until) = u.decision then
        json_build_object('id', u.id, 'decision', u.decision, 'reason', u.reason, 'justification', u.justification, 'signedBy', m.name,
          'expiresAt', to_char(u.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) end as suppression,
      f.first_seen_at as "firstSeenAt", f.last_scan_id as "lastScanId", f.detail as body, f.joined_to as "joinedTo",
      coalesce(t.sightings, '[]') as sightings,
      coalesce((
        select jsonb_agg(to_jsonb(e) order by e.path, e."startLine", e.id) from (
          select distinct g.id, g.repository_id as "repositoryId", g.path, g.start_line as "startLine"
          from app.tool_sighting o
          join app.tool_sighting q on q.tenant_id = o.tenant_id and q.traits ->> 'secret' = o.traits ->> 'secret' and q.finding_id <> o.finding_id
          join app.finding g on g.tenant_id = q.tenant_id and g.id = q.finding_id
          where o.tenant_id = f.tenant_id and o.finding_id = f.id and o.traits ->> 'secret' is not null
          order by g.path, g.start_line, g.id limit ${limits.sightingsShownMax}
        ) e
      ), '[]') as "sameSecret",
      array(select distinct o ->> 'tool' from jsonb_array_elements(t.sightings) o where (o ->> 'live')::boolean and o ->> 'tool' <>
        case f.analyzer when 'import' then split_part(f.rule_id, '/', 1) else f.analyzer end order by 1) as "alsoSeenBy",
      s.pack_id, s.pack_offset, s.pack_length, s.leaf_index, encode(s.sha256, 'hex') as entry_sha256,
      p.tenant_id, p.scan_id, p.object_key, p.object_version, p.bytes, encode(p.sha256, 'hex') as pack_sha256,
      encode(p.merkle_root, 'hex') as merkle_root, p.entry_count, p.retain_until, p.hold, p.hold_reason, p.retain_wanted, p.expired_at,
      p.removed_at
    from app.finding f
    cross join lateral (
      select jsonb_agg(jsonb_build_object('tool', t.tool, 'ruleId', t.rule_id, 'ruleVersion', t.rule_version, 'live', t.ended_scan_id is null,
          'firstScanId', t.first_scan_id, 'lastScanId', t.last_scan_id,
          'firstSeenAt', to_char(t.first_seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
          'lastSeenAt', to_char(t.last_seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
          order by t.tells desc, t.tool, t.rule_id, t.id) as sightings,
        (array_agg(t.id order by t.tells desc, t.id))[1] as teller
      from (
        select o.*, o.fingerprint = f.fingerprint and o.rule_id = f.rule_id as tells from app.tool_sighting o
        where o.tenant_id = f.tenant_id and o.finding_id = f.id order by o.ended_scan_id is not null, o.rank, o.id limit ${limits.sightingsShownMax}
      ) t
    ) t
    cross join lateral (
      select * from app.sighting s where s.tenant_id = f.tenant_id and s.finding_id = f.id
      order by coalesce(s.tool_sighting_id = t.teller, false) desc, s.scan_id desc, s.leaf_index limit 1
    ) s
    join app.evidence_pack p on p.tenant_id = s.tenant_id and p.id = s.pack_id
    left join (app.suppression u join app.member m on m.tenant_id = u.tenant_id and m.id = u.member_id) on u.tenant_id = f.tenant_id and u.id = f.suppression_id
    where f.tenant_id = ${tx.context.tenantId} and f.id = ${id}`);
  const row = rows[0];
  if (row === undefined) return undefined;
  return rowSchema.parse({
    finding: row,
    ref: {
      packId: row['pack_id'],
      offset: row['pack_offset'],
      length: row['pack_length'],
      sha256: row['entry_sha256'],
      leafIndex: row['leaf_index'],
    },
    pack: packOf({ ...row, id: row['pack_id'], sha256: row['pack_sha256'] }),
  });
}
