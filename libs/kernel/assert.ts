/** Thrown when something that cannot happen has happened; it ends the job, never the process. */
export class AssertionFault extends Error {
  override readonly name = 'AssertionFault';
}

/** States what is true here: `assert(index < leafCount, 'index < leafCount')`. */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new AssertionFault(`does not hold: ${claim}`);
}

/** Gives a value that cannot be absent here, or fails as `assert` does. */
export function present<T>(value: T | null | undefined, claim: string): T {
  if (value === null || value === undefined) throw new AssertionFault(`absent: ${claim}`);
  return value;
}

/** Closes an exhaustive switch: the compiler refuses when a case is missing. */
export function unreachable(value: never): never {
  throw new AssertionFault(`unreachable: ${JSON.stringify(value)}`);
}
