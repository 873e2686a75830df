import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSecret, makeSecret } from '@lib/platform/http';
import { withAdmin } from '@lib/platform/db';
import { build } from 'esbuild';
import { z } from 'zod';
import { withBenchDatabase, type BenchDatabase } from './bench-database.ts';
import { quantile, rounded, shuffled, type Figure } from './figure.ts';

const variants = ['open', 'unchecked', 'base', 'aegis'] as const;
type Variant = (typeof variants)[number];
const childBundle = 'dist/bench-api-child.js';
const connections = 20;
const requestsPerRound = 500;
const warmRounds = 6; // both sides compiled: the product has more code to warm
const rounds = 20;
const goal = 1.25;

/**
 * CPU of one GET of 50 findings (about 26 KB) through the whole API, against node:http that does what no server of this page may
 * leave out: it runs the same two statements (whose is this credential; the page, under row-level security), passes query and answer
 * through the same schemas, and writes JSON. It has no router, no limits, no security headers, no cursor, no log. Each server is a
 * process of its own; CPU is its own `process.cpuUsage()`, helper threads included; rounds are interleaved in random order.
 * Beside it, not as goals: `unchecked` without the schemas, `open` without the look-up of the credential too.
 */
export async function bench(): Promise<readonly Figure[]> {
  await bundleChild();
  return withBenchDatabase(async (database) => {
    const { tenantId, secret } = await plant(database);
    const folder = mkdtempSync(join(tmpdir(), 'aegis-bench-api-'));
    const servers = await Promise.all(variants.map((variant) => openServer(variant, { database, folder, tenantId })));
    try {
      const figures = await measure(servers, secret);
      const of = (variant: Variant): number => quantile(figures[variant], 0.25);
      const ratio = of('aegis') / of('base');
      return [
        {
          name: 'api/list-cpu-ratio',
          ratio: rounded(ratio),
          goal: `<= ${goal}`,
          ok: ratio <= goal,
          detail: {
            aegisCpuUs: rounded(of('aegis')),
            baseCpuUs: rounded(of('base')),
            ratioToUnchecked: rounded(of('aegis') / of('unchecked')),
            ratioToOpen: rounded(of('aegis') / of('open')),
            medianRatio: rounded(quantile(figures.aegis, 0.5) / quantile(figures.base, 0.5)),
            minimumRatio: rounded(quantile(figures.aegis, 0) / quantile(figures.base, 0)),
            answerBytes: figures.answerBytes,
            rounds,
            requestsPerRound,
          },
        },
      ];
    } finally {
      for (const { child } of servers) child.disconnect();
      await Promise.all(servers.filter(({ child }) => child.exitCode === null).map(({ child }) => once(child, 'exit')));
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

type Server = { readonly variant: Variant; readonly child: ChildProcess; readonly port: number };
type Figures = Readonly<Record<Variant, number[]>> & { readonly answerBytes: number };
const portSchema = z.object({ port: z.int().min(1) });
const cpuSchema = z.object({ cpu: z.object({ user: z.number(), system: z.number() }) });

/** As the product is bundled, so that both sides run the same kind of code. */
async function bundleChild(): Promise<void> {
  await build({
    entryPoints: ['tools/bench/api-child.ts'],
    outfile: childBundle,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    keepNames: true,
    logLevel: 'warning',
  });
}

async function openServer(
  variant: Variant,
  at: { readonly database: BenchDatabase; readonly folder: string; readonly tenantId: string },
): Promise<Server> {
  const child = fork(childBundle, [], {
    env: {
      PATH: '/usr/bin:/bin',
      NODE_ENV: 'production',
      BENCH_VARIANT: variant,
      BENCH_API_URL: at.database.urlFor('aegis_api'),
      BENCH_IDENTITY_URL: at.database.urlFor('aegis_identity'),
      BENCH_FOLDER: at.folder,
      BENCH_TENANT: at.tenantId,
      BENCH_ADMIN_URL: at.database.adminUrl,
    },
  });
  return { variant, child, port: portSchema.parse(await messageOf(child)).port };
}

async function measure(servers: readonly Server[], secret: string): Promise<Figures> {
  const figures = { open: [], unchecked: [], base: [], aegis: [] } satisfies Record<Variant, number[]>;
  const times: Record<Variant, number[]> = figures;
  let answerBytes = 0;
  for (let round = -warmRounds; round < rounds; round += 1) {
    for (const server of shuffled(servers)) {
      const before = await cpuUs(server);
      const bytes = await load(server.port, secret);
      const spent = (await cpuUs(server)) - before;
      if (round >= 0) times[server.variant].push(spent / requestsPerRound);
      if (server.variant === 'aegis') answerBytes = bytes;
    }
  }
  return { ...times, answerBytes };
}

async function cpuUs({ child }: Server): Promise<number> {
  child.send('cpu');
  const { cpu } = cpuSchema.parse(await messageOf(child));
  return cpu.user + cpu.system;
}

function messageOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('the server ended'));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
  });
}

/** Sends one round over connections of its own, so that none idles through the others' rounds; answers the size of an answer. */
async function load(port: number, secret: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  let left = requestsPerRound;
  let bytes = 0;
  const run = async (): Promise<void> => {
    while (left-- > 0) bytes = await get(port, agent, secret);
  };
  await Promise.all(Array.from({ length: connections }, run));
  agent.destroy();
  return bytes;
}

function get(port: number, agent: Agent, secret: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${secret}` };
    const sent = request({ host: '127.0.0.1', port, path: '/v1/findings?limit=50', agent, headers }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
      answer.on('end', () => (answer.statusCode === 200 ? resolve(bytes) : reject(new Error(`status ${String(answer.statusCode)}`))));
    });
    sent.on('error', reject).end();
  });
}

/** One tenant whose page of 50 is about 26 KB, and its token. */
async function plant({ adminUrl }: BenchDatabase): Promise<{ readonly tenantId: string; readonly secret: string }> {
  const [tenantId, tokenId, secret] = [randomUUID(), randomUUID(), makeSecret()];
  await withAdmin({ adminUrl }, async (admin) => {
    await admin.run(
      'plant',
      `insert into app.tenant (tenant_id, name) values ('${tenantId}', 'bench');
       insert into app.repository (tenant_id, id, name, source) values ('${tenantId}', '${tenantId}', 'bench', '{}');
       insert into app.scan (tenant_id, id, repository_id, requested_by) values ('${tenantId}', '${tenantId}', '${tenantId}', 'bench');
       insert into app.finding (tenant_id, id, repository_id, fingerprint, analyzer, rule_id, rule_version, severity, confidence, score,
         title, path, start_line, detail, first_scan_id, last_scan_id)
       select '${tenantId}', gen_random_uuid(), '${tenantId}', sha256(convert_to(n::text, 'UTF8')), 'sast', 'js/sql-injection', 1, n % 5, n % 3,
         n % 100, 'SQL text is built from request data that reaches db.query() in handler number ' || n,
         'services/billing/src/modules/m' || n % 97 || '/controllers/invoices.controller.ts', n % 3000 + 1, '{}', '${tenantId}', '${tenantId}'
       from generate_series(1, 1000) n`,
    );
    await admin.rows(
      'plant token',
      `insert into identity.credential (hash, tenant_id, kind, subject_id, scope, expires_at) values ($1, $2, 'token', $3, 'read', now() + interval '1 hour')`,
      [hashSecret(secret), tenantId, tokenId],
    );
    await admin.run('settle', 'vacuum analyze');
  });
  return { tenantId, secret };
}
