import { Worker } from 'node:worker_threads';

type Emitter = { readonly on: (event: string, listener: (...values: unknown[]) => void) => unknown };

/** Waits for one event; an error of the emitter is the outcome. */
export function until(make: () => Emitter, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const emitter = make();
    emitter.on(event, () => resolve());
    emitter.on('error', (error) => reject(error instanceof Error ? error : new Error('unknown')));
  });
}

/** Runs code of one expression statement in a worker that starts now, after every wall; its error is the outcome. */
export function inWorker(code: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(
      `const { parentPort } = require('worker_threads');
       Promise.resolve().then(() => { ${code} }).then(() => parentPort.postMessage('done'), (e) => parentPort.postMessage(e.code ?? e.message));`,
      { eval: true },
    );
    worker.on('message', (text) => (text === 'done' ? resolve() : reject(Object.assign(new Error('in a worker'), { code: String(text) }))));
    worker.on('error', reject);
  });
}

/** An error whose code is the outcome. */
export function outcomeError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
