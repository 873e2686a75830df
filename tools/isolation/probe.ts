/** An attack whose answer is what the attacker got and should not have: nothing, when the walls stand. */
export type Probe<T> = { readonly id: string; readonly what: string; readonly attack: (target: T) => Promise<readonly string[]> };

/** A wall taken away, and the probe that must see it. */
export type Mutant = { readonly probe: string; readonly change: string };

/** One line of the suite. `found`: what the attacker got; for a mutant, why the suite stayed green. */
export type Outcome = { readonly name: string; readonly found: readonly string[] };
