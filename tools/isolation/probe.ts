/** An attack whose answer is what the attacker got and should not have: nothing, when the walls stand. */
export type Probe<T> = { readonly id: string; readonly what: string; readonly attack: (target: T) => Promise<readonly string[]> };

/** A wall taken away, and the probe that must see it. */
export type Mutant = { readonly probe: string; readonly change: string };
