import { setTimeout as sleep } from 'node:timers/promises';

/** A sleep that a ring or the stop ends early; a ring that comes while nobody sleeps is kept. Units: ms. */
export class Bell {
  readonly #stopping: AbortSignal;
  #rung = false;
  #wake: (() => void) | undefined;

  constructor(stopping: AbortSignal) {
    this.#stopping = stopping;
  }

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async wait(ms: number): Promise<void> {
    if (!this.#rung && !this.#stopping.aborted) {
      const waking = new AbortController();
      this.#wake = () => {
        waking.abort();
      };
      await sleep(ms, undefined, { signal: AbortSignal.any([waking.signal, this.#stopping]) }).catch(() => undefined);
      this.#wake = undefined;
    }
    this.#rung = false;
  }

  /** Sleeps to the end, but for the stop. */
  async rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping }).catch(() => undefined);
  }
}
