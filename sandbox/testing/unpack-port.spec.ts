import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { localSandbox, type LocalSandboxOptions, type UnpackOutcome, type UnpackRequest } from '@lib/platform/sandbox';
import { bundleSandbox } from '../bundle.ts';
import { testFolder } from '../escape/test-runtime.ts';

const saidSchema = z.object({ type: z.literal('said'), name: z.string(), outcome: z.string() });
type Said = z.infer<typeof saidSchema>;

const folder = testFolder();
const runtimeDirectory = `${folder.path}/runtime`;
beforeAll(async () => {
  const unpackerEntry = `${import.meta.dirname}/obedient-unpacker.ts`;
  await bundleSandbox({
    outDirectory: runtimeDirectory,
    runnerEntry: `${import.meta.dirname}/../escape/misbehaving-runner.ts`,
    unpackerEntry,
    assets: [],
    moreNative: ['raw-call.node'],
  });
}, 120_000);
afterAll(() => folder.remove());

let targets = 0;
function target(): string {
  targets += 1;
  const path = `${folder.path}/target-${String(targets)}`;
  mkdirSync(path);
  return path;
}

type Ran = { readonly outcome: UnpackOutcome; readonly said: Readonly<Record<string, string>>; readonly target: string };
type More = Partial<UnpackRequest<Said>> & { readonly options?: Partial<LocalSandboxOptions> };

async function unpack(input: Readable, more: More = {}): Promise<Ran> {
  const { options, ...request } = more;
  const targetDirectory = target();
  const said: Record<string, string> = {};
  const sandbox = localSandbox({ runtimeDirectory, stageInto: [`${folder.path}/staged`], killGraceMs: 300, ...options });
  const result = await sandbox.unpack(
    { input, format: 'tar', targetDirectory, wallMs: 60_000, messages: saidSchema, ...request },
    (message) => void (said[message.name] = message.outcome),
  );
  if (!result.ok) throw new Error(result.error.missing.join('; '));
  return { outcome: result.value, said, target: targetDirectory };
}

const text = (words: string): Readable => Readable.from([Buffer.from(`${words}\n`)]);

// Far more than the pipe holds, so that both sides have to wait for each other.
function* large(): Generator<Buffer> {
  for (let index = 0; index < 256; index += 1) yield Buffer.alloc(65_536, 1);
}

describe('an unpacker behind the walls', () => {
  it.each(['auto', 'off'] as const)('fills_its_own_folder_and_reaches_nothing_else_with_bubblewrap_%s', async (bubblewrap) => {
    const { outcome, said, target: filled } = await unpack(text('fill'), { options: { bubblewrap } });
    expect(outcome).toMatchObject({ ending: 'finished', detail: '' });
    const succeeded = Object.entries(said).filter(([, code]) => code === 'succeeded');
    expect(succeeded.map(([name]) => name)).toEqual([
      'make a folder',
      'make a file',
      'append to it',
      'cut it',
      'rename it into another folder',
      'remove the folder',
      'make a file and remove it',
    ]);
    expect(Object.values(said).filter((code) => !/^(?:succeeded|E[A-Z]+|ERR_DLOPEN_FAILED|\d+)$/u.test(code))).toEqual([]);
    expect(readdirSync(filled)).toEqual(['file']);
    expect(readFileSync(`${filled}/file`, 'utf8')).toBe('bytes');
    expect(statSync(`${filled}/file`).mode & 0o777).toBe(0o644);
  });

  it('the_folder_is_ours_and_closed_to_others_afterwards', async () => {
    const { target: filled } = await unpack(text('fill'));
    expect(statSync(filled).uid).toBe(process.getuid?.());
    if (process.getuid?.() === 0) expect(statSync(filled).mode & 0o777).toBe(0o700);
  });

  it('every_byte_of_an_input_larger_than_any_buffer_arrives', async () => {
    expect((await unpack(Readable.from(large()))).said).toEqual({ bytes: String(256 * 65_536) });
  });

  it('an_unpacker_that_ends_before_its_input_finishes_and_the_source_is_closed', async () => {
    const input = Readable.from(
      (function* () {
        yield Buffer.from('stop early\n');
        for (;;) yield Buffer.alloc(65_536);
      })(),
    );
    expect((await unpack(input)).outcome).toMatchObject({ ending: 'finished' });
    expect(input.destroyed).toBe(true);
  });

  it('a_source_that_breaks_off_is_told_and_is_never_a_short_archive', async () => {
    const input = Readable.from(
      (function* () {
        yield Buffer.from('anything\n');
        throw new Error('the connection is gone');
      })(),
    );
    expect((await unpack(input)).outcome).toMatchObject({ ending: 'input_failed' });
  });

  it('an_unpacker_that_reads_no_more_ends_at_the_wall_clock_and_its_source_is_closed', async () => {
    const input = Readable.from(
      (function* () {
        yield Buffer.from('hang\n');
        for (;;) yield Buffer.alloc(65_536);
      })(),
    );
    expect((await unpack(input, { wallMs: 1500 })).outcome).toMatchObject({ ending: 'timed_out' });
    expect(input.destroyed).toBe(true);
  });

  it('a_cancelled_unpacking_ends', async () => {
    expect((await unpack(text('hang'), { signal: AbortSignal.abort() })).outcome).toMatchObject({ ending: 'cancelled' });
  });

  it('a_line_that_fits_no_message_ends_it', async () => {
    expect((await unpack(text('nonsense'))).outcome).toMatchObject({ ending: 'protocol_error', detail: 'a line that fits no message' });
  });

  it('where_no_wall_keeps_files_apart_nothing_is_unpacked', async () => {
    const options = { runtimeDirectory, stageInto: [`${folder.path}/staged`], landlock: 'off', bubblewrap: 'off' } as const;
    const targetDirectory = target();
    const request = { input: text('fill'), format: 'tar', targetDirectory, wallMs: 60_000, messages: saidSchema } as const;
    expect(await localSandbox(options).unpack(request, () => undefined)).toMatchObject({
      ok: false,
      error: { code: 'sandbox.layers_missing' },
    });
    expect(readdirSync(targetDirectory)).toEqual([]);
  });
});
