import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { problemSchema, repositorySchema, scanDetailSchema, scanEndStates, scanSchema, verifyAudit } from '@lib/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiClient, type ApiClient } from '../../apps/cli/up/api-client.ts';
import { openDataFolder } from '../../apps/cli/up/data-folder.ts';
import { keepStack, type KeptStack } from '../../apps/cli/up/keep-stack.ts';
import { builtCli } from '../testing/built-product.ts';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'aegis-disk-')));
const disk = join(scratch, 'disk');
mkdirSync(disk);
chmodSync(scratch, 0o755);
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=320m,mode=755', 'tmpfs', disk]).status === 0;
afterAll(() => {
  if (mounted) spawnSync('umount', [disk]);
  rmSync(scratch, { recursive: true, force: true });
});

/** Takes all the space that is left. */
function fill(): void {
  const ballast = join(disk, 'ballast');
  for (let bytes = 8 * 1024 * 1024; bytes >= 1024;) {
    try {
      writeFileSync(ballast, Buffer.alloc(bytes, 1), { flag: 'a' });
    } catch {
      bytes /= 2;
    }
  }
  expect(statfsSync(disk).bavail).toBe(0);
}

describe.skipIf(!mounted)('a disk that fills (skipped where no file system can be mounted: root only)', () => {
  let services: KeptStack;
  let client: ApiClient;
  const source = join(scratch, 'source');
  beforeAll(async () => {
    mkdirSync(source);
    writeFileSync(join(source, 'a.js'), 'export const a = 1;\n');
    const data = await openDataFolder(join(disk, 'data'));
    services = await keepStack({
      checkout: dirname(dirname(builtCli())),
      data,
      port: undefined,
      allowedFolders: [source],
      say: () => undefined,
    });
    client = apiClient(services.current().base, services.current().tenant.cliToken);
  }, 240_000);
  afterAll(() => services.stop());

  it('answers_503_with_a_time_to_come_back_goes_on_reading_and_has_lost_nothing_when_there_is_space_again', async () => {
    const repository = await client.post('/v1/repositories', { name: 'shop', source: { kind: 'folder', path: source } }, repositorySchema);
    const before = await endOf(client, (await client.post('/v1/scans', { repositoryId: repository.id }, scanSchema)).id);
    expect(before.state).toBe('succeeded');
    fill();
    const refused = await untilRefused(services, repository.id);
    expect(refused.code).toMatch(/^(?:db|objects)\.disk_full$/u);
    expect(refused.retryAfter).toMatch(/^\d+$/u);
    expect((await client.get(`/v1/scans/${before.id}`, scanDetailSchema)).state).toBe('succeeded');
    rmSync(join(disk, 'ballast'));
    for (const id of [
      ...refused.accepted,
      (await eventually(() => client.post('/v1/scans', { repositoryId: repository.id }, scanSchema))).id,
    ]) {
      expect((await endOf(client, id)).state).toBe('succeeded');
    }
    const verdict = await eventually(() => client.post(verifyAudit.path, {}, verifyAudit.answers[200].schema));
    expect(verdict.ok).toBe(true);
  }, 240_000);
});

/** Asks for scans until one is refused: what the database has set aside is used up first. */
async function untilRefused(services: KeptStack, repositoryId: string) {
  const accepted: string[] = [];
  for (;;) {
    const { base, tenant } = services.current();
    const answer = await fetch(`${base}/v1/scans`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.cliToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ repositoryId }),
    });
    const body: unknown = await answer.json();
    const made = scanSchema.safeParse(body);
    if (made.success) accepted.push(made.data.id);
    else {
      expect(answer.status, JSON.stringify(body)).toBe(503);
      return { accepted, code: problemSchema.parse(body).code, retryAfter: answer.headers.get('retry-after') };
    }
  }
}

async function endOf(client: ApiClient, id: string) {
  for (;;) {
    const scan = await eventually(() => client.get(`/v1/scans/${id}`, scanDetailSchema));
    if (scanEndStates.includes(scan.state)) return scan;
    await pause(100); // polls; the test's own bound ends it
  }
}

async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch {
      await pause(200);
    }
  }
}
