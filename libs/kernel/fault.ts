/** What a `Fault` carries: `internal` is for operators and logs, `public` is the only text that may leave the process. */
export type FaultDetail = {
  readonly internal: string;
  readonly public?: string;
  readonly cause?: unknown;
  /** True when another try would fail the same way until somebody has set something right. */
  readonly lasting?: boolean;
};

/** What the public is told when a fault says nothing for it. */
export const defaultPublicText = 'something on our side failed';

/**
 * A failure that only an operator can act on (a disk, a database, a key store).
 * Thrown, and caught only at the rim: HTTP filter, job wrapper, CLI main.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: string;
  readonly publicText: string;
  readonly lasting: boolean;

  constructor(code: string, detail: FaultDetail) {
    super(`${code}: ${detail.internal}`, detail.cause === undefined ? {} : { cause: detail.cause });
    this.code = code;
    this.publicText = detail.public ?? defaultPublicText;
    this.lasting = detail.lasting ?? false;
  }
}
