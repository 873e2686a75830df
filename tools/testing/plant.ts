import { createHash, randomUUID } from 'node:crypto';
import {
  findingIdSchema,
  repositoryIdSchema,
  scanIdSchema,
  type FindingId,
  type RepositoryId,
  type ScanId,
  type ScanState,
  type TenantId,
} from '@lib/contract';
import { sealPack, type EvidenceEntry } from '@lib/guard/evidence';
import { systemIds } from '@lib/platform/clock';
import type { TestApi, TestTenant } from './api.ts';

type Planting = Pick<TestApi, 'database' | 'keyring' | 'objects'>;

/** Plants a repository as the table holds it. */
export async function plantRepository(api: Planting, tenant: TestTenant, name: string): Promise<RepositoryId> {
  const id = repositoryIdSchema.parse(randomUUID());
  const source = JSON.stringify({ kind: 'folder', path: `/srv/${name}` });
  await api.database.admin('insert into app.repository (tenant_id, id, name, source) values ($1, $2, $3, $4)', [
    tenant.id,
    id,
    name,
    source,
  ]);
  return id;
}

/** Plants a scan in a state, with as many events as `stages` has. */
export async function plantScan(
  api: Planting,
  tenant: TestTenant,
  scan: {
    readonly repositoryId: RepositoryId;
    readonly state?: ScanState;
    readonly stages?: readonly string[];
    readonly createdAt?: string;
  },
): Promise<ScanId> {
  const id = scanIdSchema.parse(randomUUID());
  const state = scan.state ?? 'running';
  const live = state === 'queued' || state === 'running';
  await api.database.admin(
    `insert into app.scan (tenant_id, id, repository_id, state, stage, requested_by, created_at, finished_at)
     values ($1, $2, $3, $4, $5, 'test', coalesce($6::timestamptz, now()), $7)`,
    [tenant.id, id, scan.repositoryId, state, live ? 'queued' : 'done', scan.createdAt ?? null, live ? null : new Date().toISOString()],
  );
  for (const [index, stage] of (scan.stages ?? []).entries())
    await plantEvent(api, { tenantId: tenant.id, scanId: id }, { seq: index + 1, stage });
  return id;
}

/** Plants one event of a scan. */
export async function plantEvent(
  api: Planting,
  of: { readonly tenantId: TenantId; readonly scanId: ScanId },
  event: { readonly seq: number; readonly stage: string; readonly state?: ScanState },
): Promise<void> {
  const state = event.state ?? (event.stage === 'done' ? 'succeeded' : 'running');
  const progress = { stage: event.stage, state, filesTotal: 10, filesDone: event.seq, findingCount: 0 };
  await api.database.admin('insert into app.scan_event (tenant_id, scan_id, seq, progress) values ($1, $2, $3, $4)', [
    of.tenantId,
    of.scanId,
    event.seq,
    JSON.stringify(progress),
  ]);
}

/** What a planted finding differs in. */
export type PlantedFinding = {
  readonly repositoryId: RepositoryId;
  readonly scanId: ScanId;
  readonly path: string;
  readonly score?: number;
  readonly severity?: number;
  readonly analyzer?: string;
  readonly ruleId?: string;
  readonly state?: string;
  /** Advisories of a dependency that it is about. */
  readonly advisoryIds?: readonly string[];
};

/** Plants findings of one scan with real evidence: sealed under the tenant's key, in the write-once store. */
export async function plantFindings(api: Planting, tenant: TestTenant, findings: readonly PlantedFinding[]): Promise<FindingId[]> {
  const first = findings[0];
  if (first === undefined) return [];
  const entries = findings.map((finding) => entryOf(tenant.id, finding));
  const sealed = await sealPack(
    { objects: api.objects, kms: api.keyring, ids: systemIds },
    { tenantId: tenant.id, scanId: first.scanId, entries, sealedAtMs: Date.now() },
  );
  for (const pack of sealed.packs)
    await api.database.admin(
      `insert into app.evidence_pack (tenant_id, id, scan_id, object_key, object_version, bytes, sha256, merkle_root, entry_count, retain_until)
       values ($1, $2, $3, $4, $5, $6, decode($7, 'hex'), decode($8, 'hex'), $9, $10)`,
      [
        tenant.id,
        pack.id,
        pack.scanId,
        pack.objectKey,
        pack.objectVersion,
        pack.bytes,
        pack.sha256,
        pack.merkleRoot,
        pack.entryCount,
        pack.retainUntil,
      ],
    );
  const ids: FindingId[] = [];
  for (const [index, finding] of findings.entries()) {
    const [entry, ref] = [entries[index], sealed.refs[index]];
    if (entry === undefined || ref === undefined) throw new Error('every finding has an entry and a place in a pack');
    const id = findingIdSchema.parse(randomUUID());
    ids.push(id);
    await insertFinding(api, { tenantId: tenant.id, id }, { finding, entry });
    await api.database.admin(
      `insert into app.sighting (tenant_id, scan_id, finding_id, pack_id, pack_offset, pack_length, leaf_index, sha256)
       values ($1, $2, $3, $4, $5, $6, $7, decode($8, 'hex'))`,
      [tenant.id, finding.scanId, id, ref.packId, ref.offset, ref.length, ref.leafIndex, ref.sha256],
    );
  }
  return ids;
}

async function insertFinding(
  api: Planting,
  of: { readonly tenantId: TenantId; readonly id: FindingId },
  { finding, entry }: { readonly finding: PlantedFinding; readonly entry: EvidenceEntry },
): Promise<void> {
  const dependency = { purl: 'pkg:npm/lodash@4.17.10', installedVersion: '4.17.10', fixedVersions: [], advisoryIds: finding.advisoryIds };
  const detail = {
    message: 'what it is',
    remediation: 'what to do',
    cwe: [89],
    references: [],
    location: entry.location,
    flow: [],
    excerpt: entry.excerpt,
    scoreFactors: [{ name: 'severity', points: finding.score ?? 50 }],
    ...(finding.advisoryIds === undefined ? {} : { dependency }),
  };
  await api.database.admin(
    `insert into app.finding (tenant_id, id, repository_id, fingerprint, analyzer, rule_id, rule_version, severity, confidence, score, title, path,
       start_line, state, detail, first_scan_id, last_scan_id, content_sha256)
     values ($1, $2, $3, decode($4, 'hex'), $5, $6, 1, $7, 2, $8, $9, $10, 3, $11, $12, $13, $13, sha256(convert_to($10, 'UTF8')))`,
    [
      of.tenantId,
      of.id,
      finding.repositoryId,
      entry.fingerprint,
      entry.analyzer.name,
      entry.rule.id,
      finding.severity ?? 3,
      finding.score ?? 50,
      `finding in ${finding.path}`,
      finding.path,
      finding.state ?? 'open',
      JSON.stringify(detail),
      finding.scanId,
    ],
  );
}

function entryOf(tenant: TenantId, finding: PlantedFinding): EvidenceEntry {
  return {
    v: 2,
    tenant,
    scan: finding.scanId,
    source: { treeSha256: createHash('sha256').update('tree').digest('hex'), commit: null },
    analyzer: { name: finding.analyzer === 'secrets' ? 'secrets' : 'sast', version: '1', ruleDigest: null },
    rule: { id: finding.ruleId ?? 'js/sql-injection', version: 1 },
    fingerprint: createHash('sha256').update(randomUUID()).digest('hex'),
    fileSha256: createHash('sha256').update(finding.path).digest('hex'),
    location: { path: finding.path, startLine: 3, startColumn: 1, endLine: 3, endColumn: 9 },
    excerpt: { startLine: 3, lines: ['db.query(text)'] },
    flow: [],
  };
}

/** Plants an open alarm for each finding, about its pack. */
export async function plantAlarms(api: Planting, tenant: TestTenant, findings: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const finding of findings) {
    const id = systemIds.uuid();
    ids.push(id);
    await api.database.admin(
      `insert into app.alarm (tenant_id, id, kind, reason, pack_id, finding_id)
       select tenant_id, $3, 'evidence.mismatch', 'objects.digest_mismatch', pack_id, finding_id from app.sighting where tenant_id = $1 and finding_id = $2`,
      [tenant.id, finding, id],
    );
  }
  return ids;
}
