import { tenantIdSchema } from '@lib/contract';
import { openTenancy, type TenantContext } from '@lib/guard/tenancy';
import { closeDatabase, lendConnection, openDatabase, sql, withAdmin, type Row, type Statement } from '@lib/platform/db';
import { withBenchDatabase, type BenchDatabase } from './bench-database.ts';
import { quantile, rounded, shuffled, type Figure } from './figure.ts';

const tenantCount = 100;
const rowsPerTenant = 1_000;
const warmRounds = 300;
const rounds = 3_000;

/**
 * A tenant's page of 50 findings, with the columns that the product lists, through `withTenantOnce`: against the same prepared statement
 * on the same rows without protection (`base`), and behind policies that read a plain setting (`setting`), which any statement could set.
 */
export async function bench(): Promise<readonly Figure[]> {
  return withBenchDatabase(async (database) => {
    await plant(database);
    const pool = openDatabase({ url: database.urlFor('aegis_api'), poolMax: 4, applicationName: 'bench' });
    try {
      const { withTenantOnce } = openTenancy(pool);
      const variants: Variants = {
        setting: (tenant) =>
          lendConnection(
            pool,
            async (connection) => (await connection.sendTogether(setTenant(tenant), pageOf('app.finding_setting', tenant))).rows,
          ),
        base: (tenant: string) =>
          lendConnection(pool, async (connection) => (await connection.send(pageOf('app.finding_plain', tenant))).rows),
        tenant: (tenant: string) => withTenantOnce(contextOf(database, tenant), 'bench', (tx) => tx.query(pageOf('app.finding', tenant))),
      };
      const times = await measure(variants);
      const ratio = quantile(times.tenant, 0.25) / quantile(times.base, 0.25);
      const proofRatio = quantile(times.tenant, 0.25) / quantile(times.setting, 0.25);
      return [
        {
          name: 'tenancy/read-ratio',
          ratio: rounded(ratio),
          goal: '<= 1.10',
          ok: ratio <= 1.1,
          detail: {
            baseP25Ms: rounded(quantile(times.base, 0.25)),
            tenantP25Ms: rounded(quantile(times.tenant, 0.25)),
            medianRatio: rounded(quantile(times.tenant, 0.5) / quantile(times.base, 0.5)),
            rounds,
          },
        },
        {
          name: 'tenancy/proof-ratio',
          ratio: rounded(proofRatio),
          goal: '<= 1.15',
          ok: proofRatio <= 1.15,
          detail: {
            settingP25Ms: rounded(quantile(times.setting, 0.25)),
            proofP25Ms: rounded(quantile(times.tenant, 0.25)),
            medianRatio: rounded(quantile(times.tenant, 0.5) / quantile(times.setting, 0.5)),
            rounds,
          },
        },
      ];
    } finally {
      await closeDatabase(pool);
    }
  });
}

const names = ['base', 'setting', 'tenant'] as const;
type Variants = Readonly<Record<(typeof names)[number], (tenant: string) => Promise<readonly Row[]>>>;
type Times = Readonly<Record<(typeof names)[number], number[]>>;

async function measure(variants: Variants): Promise<Times> {
  const times: Times = { base: [], setting: [], tenant: [] };
  for (let round = -warmRounds; round < rounds; round += 1) {
    for (const name of shuffled(names)) {
      const startMs = performance.now();
      const rows = await variants[name](tenantOf(round));
      if (rows.length !== 50) throw new Error(`${name}: ${rows.length} rows`);
      if (round >= 0) times[name].push(performance.now() - startMs);
    }
  }
  return times;
}

function setTenant(tenant: string): Statement {
  return sql('bench.enter')`select set_config('app.tenant_id', ${tenant}, true)`;
}

function pageOf(table: 'app.finding' | 'app.finding_plain' | 'app.finding_setting', tenant: string): Statement {
  const page = sql(`bench.${table}`)`
    select id, repository_id as "repositoryId", analyzer, rule_id as "ruleId",
      (array['info', 'low', 'medium', 'high', 'critical'])[severity + 1] as severity, (array['low', 'medium', 'high'])[confidence + 1] as confidence,
      score, title, path, start_line as "startLine", state, first_seen_at as "firstSeenAt", last_scan_id as "lastScanId"
    from TABLE
    where tenant_id = ${tenant} and score <= ${100} order by score desc, id limit 50`;
  return { ...page, text: page.text.replace('TABLE', table) };
}

const contexts = new Map<string, TenantContext>();

/** Made once, as a request's is by its sign-in. */
function contextOf(database: BenchDatabase, tenant: string): TenantContext {
  const tenantId = tenantIdSchema.parse(tenant);
  const known = contexts.get(tenant) ?? { tenantId, actor: { type: 'system', id: 'bench' }, pass: database.pass(tenantId) };
  contexts.set(tenant, known);
  return known;
}

function tenantOf(round: number): string {
  return `00000000-0000-4000-8000-${(Math.abs(round * 7) % tenantCount).toString(16).padStart(12, '0')}`;
}

const settingPolicy = `(tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid))`;
const byTheSetting = `using ${settingPolicy} with check ${settingPolicy}`;

/** The same rows three times: under forced row-level security, in a table without it, and under policies that read a plain setting. */
async function plant({ adminUrl }: BenchDatabase): Promise<void> {
  await withAdmin({ adminUrl }, (admin) =>
    admin.run(
      'plant',
      `create temporary table t as select ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as id from generate_series(0, ${tenantCount - 1}) n;
       insert into app.tenant (tenant_id, name) select id, 'bench' from t;
       insert into app.repository (tenant_id, id, name, source) select id, id, 'bench', '{}' from t;
       insert into app.scan (tenant_id, id, repository_id, requested_by) select id, id, id, 'bench' from t;
       insert into app.finding (tenant_id, id, repository_id, fingerprint, analyzer, rule_id, rule_version, severity, confidence, score,
         title, path, start_line, detail, first_scan_id, last_scan_id)
       select t.id, gen_random_uuid(), t.id, sha256(convert_to(n::text, 'UTF8')), 'sast', 'js/sql-injection', 1, n % 5, n % 3, n % 100,
         'SQL injection in handler ' || n, 'src/modules/m' || n % 97 || '/handler.ts', n % 3000 + 1, '{}', t.id, t.id
       from t, generate_series(1, ${rowsPerTenant}) n;
       create table app.finding_plain (like app.finding including indexes including defaults) with (fillfactor = 70);
       insert into app.finding_plain select * from app.finding;
       alter table app.finding_plain no force row level security;
       alter table app.finding_plain disable row level security;
       grant select on app.finding_plain to aegis_api;
       create table app.finding_setting (like app.finding including indexes including defaults) with (fillfactor = 70);
       insert into app.finding_setting select * from app.finding;
       create policy floor on app.finding_setting as restrictive for all to public ${byTheSetting};
       create policy allow on app.finding_setting as permissive for all to public ${byTheSetting};
       grant select on app.finding_setting to aegis_api`,
    ),
  );
  await withAdmin({ adminUrl }, (admin) => admin.run('settle', 'vacuum analyze'));
}
