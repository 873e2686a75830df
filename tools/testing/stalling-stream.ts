import { Writable } from 'node:stream';

/** A destination of lines that can get stuck: nothing is taken until `resume`. */
type StallingStream = {
  readonly stream: Writable;
  readonly lines: string[];
  readonly stall: () => void;
  readonly resume: () => void;
};

/** Opens one that flows. */
export function stallingStream(): StallingStream {
  const lines: string[] = [];
  let stalled = false;
  let next: (() => void) | undefined;
  const stream = new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => {
      const take = (): void => {
        lines.push(line);
        done();
      };
      if (stalled) next = take;
      else take();
    },
  });
  return {
    stream,
    lines,
    stall: () => {
      stalled = true;
    },
    resume: () => {
      stalled = false;
      next?.();
      next = undefined;
    },
  };
}
