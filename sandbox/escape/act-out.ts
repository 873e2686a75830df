// What the processes of `endings.ts` do. Apart from them, because this needs the code of the runner.
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { resultDescriptor } from '../lockdown/unexpected-descriptors.ts';
import { writeLine } from '../run/write-line.ts';
import type { EndingId } from './endings.ts';
import type { Outcome } from './probe.ts';

const acts: Readonly<Record<EndingId, () => unknown>> = {
  'ending: spin': spin,
  'ending: spin and ignore SIGTERM': () => {
    process.on('SIGTERM', () => undefined);
    spin();
  },
  'ending: stop itself': () => process.kill(process.pid, 'SIGSTOP'),
  'ending: catastrophic expression': catastrophicExpression,
  'ending: recursion without end': recursion,
  'ending: progress without end': progress,
  'ending: a line without end': noLineEnd,
  'ending: heap without end': heap,
  'ending: threads without end': threads,
};

/** Does what an ending is named after; answers only where that is an end, with what is to be told. Undefined where the id is none. */
export async function actOut(id: string): Promise<Outcome | undefined> {
  const act = Object.entries(acts).find(([name]) => name === id)?.[1];
  return act === undefined ? undefined : String(await act());
}

function spin(): never {
  for (;;) Math.sqrt(2);
}

// Doubles its work with each character: a day, at this length.
function catastrophicExpression(): boolean {
  return /^(?:a+)+$/u.test(`${'a'.repeat(48)}!`);
}

function descend(depth: number): number {
  return descend(depth + 1) + 1;
}

// A stack that runs out is an error like another, from where work goes on.
function recursion(): Outcome {
  for (const attempt of [() => descend(0), () => JSON.stringify(nested(200_000))]) {
    try {
      attempt();
      return 'no end';
    } catch (error) {
      if (!(error instanceof RangeError)) return 'another error';
    }
  }
  return 'RangeError';
}

function nested(depth: number): unknown {
  let value: unknown[] = [];
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

function progress(): never {
  const line = JSON.stringify({ type: 'progress', analyzer: 'sast', filesDone: 0, filesTotal: 0, findingCount: 0 });
  for (;;) writeLine(line);
}

function noLineEnd(): never {
  for (;;) writeSync(resultDescriptor, 'x'.repeat(65_536));
}

function heap(): never {
  const kept: unknown[] = [];
  for (let index = 0; ; index++) kept.push(new Array<number>(1_000_000).fill(index)); // large, so that collecting takes no time
}

async function threads(): Promise<never> {
  for (;;) await new Promise((resolve) => new Worker('setInterval(() => undefined, 1_000)', { eval: true }).once('online', resolve));
}
