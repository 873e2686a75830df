import { spawn } from 'node:child_process';
import { chmodSync, createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { auditExportSchema, auditHeadSchema } from '@lib/contract';
import { withAdmin } from '@lib/platform/db';
import { apiClient, type ApiClient } from '../../apps/cli/up/api-client.ts';
import { openDataFolder } from '../../apps/cli/up/data-folder.ts';
import { startStack, type Stack } from '../../apps/cli/up/start-stack.ts';
import { type Figure, rounded } from './figure.ts';

const checkout = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const pileEvents = 100_000; // at once; the outbox holds at most a few of these
const pendingMax = 300_000;
const pollMs = 250;
const memoryMibMax = 512;

/**
 * An export of so many entries through the whole product: they are piled up for the real sequencer, the real worker makes the bundle as a
 * job, the API sends it and the command line verifies it. What counts is the most memory that the worker's process ever held.
 */
export async function bench({ entries }: { readonly entries: number }): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-bench-export-'));
  chmodSync(folder, 0o755); // else, as root, the database lies elsewhere and stays there
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    const stack = await startStack({ checkout, data: await openDataFolder(folder), port: undefined, allowedFolders: [], say });
    try {
      return [await measure(stack, { entries, file: join(folder, 'bundle.tar'), say })];
    } finally {
      await stack.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Plan = { readonly entries: number; readonly file: string; readonly say: (line: string) => void };

async function measure(stack: Stack, { entries, file, say }: Plan): Promise<Figure> {
  const client = apiClient(stack.base, stack.tenant.cliToken);
  const stages = stopwatch(say);
  await pileUp(stack, client, entries);
  stages.end('placed');
  const before = peakMib(stack.processes.worker());
  const { id } = await client.post('/v1/audit/exports', { views: ['jsonl', 'parquet'] }, auditExportSchema);
  const made = await untilMade(client, id);
  stages.end('exported');
  const worker = peakMib(stack.processes.worker());
  await download(stack, id, file);
  stages.end('downloaded');
  const verifierMib = await verify(file);
  stages.end('verified');
  return {
    name: 'audit/export-memory',
    ratio: rounded(worker / memoryMibMax),
    goal: `${String(entries)} entries exported within ${String(memoryMibMax)} MiB, and the bundle verifies`,
    ok: worker <= memoryMibMax && made.size >= entries,
    detail: {
      entries: made.size,
      workerMib: worker,
      workerMibBefore: before,
      apiMib: peakMib(stack.processes.api()),
      verifierMib,
      bundleMib: Math.round(statSync(file).size / 1_048_576),
      ...stages.seconds,
    },
  };
}

/** Events of the log's own first kind, each with an id of its own, put before the sequencer in its order. */
async function pileUp({ adminUrl, tenant }: Stack, client: ApiClient, entries: number): Promise<void> {
  await untilPending(client, 0);
  for (let piled = 0; piled < entries; piled += pileEvents) {
    await untilPending(client, pendingMax);
    await withAdmin({ adminUrl }, async (admin) => {
      await admin.rows(
        'pile up',
        `with sample as (select convert_from(entry, 'UTF8') as text, convert_from(entry, 'UTF8')::jsonb ->> 'id' as id
           from app.audit_leaf where tenant_id = $1 order by idx limit 1),
         fresh as (select uuidv7() as id from generate_series(1, $2::integer))
         insert into app.audit_outbox (tenant_id, id, entry)
         select $1, fresh.id, convert_to(replace(sample.text, sample.id, fresh.id::text), 'UTF8') from fresh, sample`,
        [tenant.tenantId, Math.min(pileEvents, entries - piled)],
      );
      await admin.rows('ready', `insert into ops.ready_tenant (queue, tenant_id) values ('audit', $1) on conflict do nothing`, [
        tenant.tenantId,
      ]);
    });
  }
  await untilPending(client, 0);
}

async function untilPending(client: ApiClient, pendingMost: number): Promise<void> {
  while ((await client.get('/v1/audit/head', auditHeadSchema)).pending > pendingMost) await sleep(pollMs);
}

async function untilMade(client: ApiClient, id: string) {
  for (;;) {
    const view = await client.get(`/v1/audit/exports/${id}`, auditExportSchema);
    if (view.state === 'ready') return view;
    if (view.state === 'failed') throw new Error(`the export failed: ${String(view.errorCode)}`);
    await sleep(pollMs);
  }
}

async function download({ base, tenant }: Stack, id: string, file: string): Promise<void> {
  const answer = await fetch(`${base}/v1/audit/exports/${id}/bundle`, { headers: { authorization: `Bearer ${tenant.cliToken}` } });
  if (answer.status !== 200 || answer.body === null) throw new Error(`the bundle is not sent: ${String(answer.status)}`);
  await pipeline(Readable.fromWeb(answer.body), createWriteStream(file));
}

/** Verifies with the command line, in a process of its own; answers the most memory that was seen. Units: MiB. */
async function verify(file: string): Promise<number> {
  const child = spawn(process.execPath, [join(checkout, 'dist/cli.js'), 'audit', 'verify', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<number | null>((settle) => child.once('exit', settle));
  let most = 0;
  for (;;) {
    const code = await Promise.race([ended, sleep(pollMs, 'goes on' as const)]);
    if (code === 'goes on') most = Math.max(most, peakMib(child.pid));
    else if (code === 0) return most;
    else throw new Error(`the bundle does not verify: ${String(code)}`);
  }
}

/** The most that a process ever held in memory, as the kernel counts it; nothing for one that has ended. Units: MiB. */
function peakMib(pid: number | undefined): number {
  try {
    const [, kib = '0'] = /^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8')) ?? [];
    return Math.round(Number(kib) / 1024);
  } catch {
    return 0;
  }
}

function stopwatch(say: (line: string) => void) {
  const seconds: Record<string, number> = {};
  let startMs = performance.now();
  return {
    seconds,
    end: (stage: string): void => {
      seconds[`${stage}Seconds`] = rounded((performance.now() - startMs) / 1000);
      startMs = performance.now();
      say(`${stage} after ${String(seconds[`${stage}Seconds`])} s`);
    },
  };
}
