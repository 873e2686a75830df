// A supervisor of its own process, so that a suite can run it as an ordinary user. One argument: the plan's file. Prints a line a run.
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { sandboxMessageSchema, type SandboxMessage } from '@lib/contract';
import { localSandbox, type LocalSandboxOptions } from '@lib/platform/sandbox';
import { callNumber } from './call-numbers.ts';
import { openProber } from './open-kit.ts';
import type { ProbeList } from './run-list.ts';
import { writeWhole } from './write-whole.ts';

/** Runs that one supervisor makes, a few at a time. Units: ms. */
export type SupervisePlan = {
  readonly options: LocalSandboxOptions;
  readonly atOnce: number;
  readonly wallMs: number;
  readonly trees: readonly string[];
  /** Machine code, to leave descriptors open as a careless supervisor would. */
  readonly prober: string;
};

readFileSync(0); // the plan names our pid: it is there once standard input ends
const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as SupervisePlan;
leakDescriptors();
const exits: (number | string | null)[] = [];
subscribe('child_process', (message) => {
  const { process: started } = message as { process: ChildProcess };
  started.once('exit', (code, signal) => void exits.push(code ?? signal));
});
const sandbox = localSandbox(plan.options);
const waiting = [...plan.trees];

async function work(): Promise<void> {
  for (let treeDirectory = waiting.shift(); treeDirectory !== undefined; treeDirectory = waiting.shift()) {
    const said: (readonly [string, string])[] = [];
    const note = (message: SandboxMessage): void => {
      if (message.type === 'coverage') said.push([message.entry.path, message.entry.detail ?? '']);
    };
    const list = readFileSync(`${treeDirectory}/probes.json`);
    const filling = (JSON.parse(list.toString('utf8')) as ProbeList).phase === 'filling';
    const running = filling
      ? sandbox.unpack(
          {
            input: Readable.from([list]),
            format: 'tar',
            targetDirectory: `${treeDirectory}/fill`,
            wallMs: plan.wallMs,
            messages: sandboxMessageSchema,
          },
          note,
        )
      : sandbox.run({ treeDirectory, analyzers: ['sast'], wallMs: plan.wallMs }, note);
    const result = await running.catch((error: unknown) => ({ ok: false as const, error: { code: 'fault', missing: [String(error)] } }));
    writeWhole(1, JSON.stringify({ treeDirectory, said, exits, result }));
  }
}

// A file, a socket, a ring and nameless memory that every process it starts would inherit.
function leakDescriptors(): void {
  const { systemCall } = openProber(plan.prober);
  systemCall(callNumber('open'), '/etc/passwd', 0, 0);
  systemCall(callNumber('socket'), 1, 1, 0);
  systemCall(callNumber('memfd_create'), 'leaked', 0);
  const ring = systemCall(callNumber('io_uring_setup'), 8, new Uint8Array(120));
  if (ring >= 0) systemCall(callNumber('fcntl'), ring, 2, 0); // a ring is close-on-exec by birth
}

await Promise.all(Array.from({ length: plan.atOnce }, work));
process.exit(0);
