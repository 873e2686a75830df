/** One measured figure with what it has to reach. `ratio` is to a base measured in the same rounds; absolute times are context only. */
export type Figure = {
  readonly name: string;
  readonly ratio: number;
  readonly goal: string;
  readonly ok: boolean;
  readonly detail: Readonly<Record<string, number | string>>;
};

/** The value below which `share` of the sorted list lies. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? Number.NaN;
}

/** Three significant digits: more would be noise. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

/** A new order for each round, so that no variant always follows the same one. */
export function shuffled<T>(list: readonly T[]): readonly T[] {
  return list
    .map((item) => ({ item, key: Math.random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
