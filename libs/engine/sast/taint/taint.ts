/** A stretch of a file of the tree. Units: UTF-16 offsets, end exclusive. */
export type Site = { readonly path: string; readonly start: number; readonly end: number };

/** Where data that the program does not control comes in. One per place, so that two taints can be compared. */
export type Source = {
  readonly key: string;
  /** The family that rules ask for: `request`, `dom`, `message`, `sensitive`, `weak-random`. */
  readonly origin: string;
  readonly label: string;
  readonly site: Site;
};

/** One link of a trace, newest first. */
export type Step = { readonly site: Site; readonly note: string; readonly previous: Step | undefined; readonly length: number };

/** Data of a source in a value. `safe` holds the kinds of sink that it can no longer harm, and traits that guards look at, as bits. */
export type Taint = {
  readonly source: Source;
  readonly safe: number;
  readonly step: Step;
  /** True when the models only guessed something on the way. */
  readonly guessed: boolean;
};

const stepsKept = 60; // a trace keeps its first steps; the sink is added at the end

export function taintFrom(source: Source, safe: number): Taint {
  return { source, safe, step: { site: source.site, note: source.label, previous: undefined, length: 1 }, guessed: false };
}

/** The same data one step on. */
export function stepped(taint: Taint, site: Site, note: string): Taint {
  const { step } = taint;
  if (step.length >= stepsKept || (step.note === note && step.site.start === site.start && step.site.path === site.path)) return taint;
  return { ...taint, step: { site, note, previous: step, length: step.length + 1 } };
}

/** The same data, harmless for more kinds of sink. */
export function cleaned(taints: readonly Taint[], bits: number): readonly Taint[] {
  if (taints.length === 0 || bits === 0) return taints;
  return taints.map((taint) => ((taint.safe | bits) === taint.safe ? taint : { ...taint, safe: taint.safe | bits }));
}

/** Both sets; of two taints of one source, what only one of them is safe for is not safe. Gives `a` itself when `b` adds nothing. */
export function mergeTaints(a: readonly Taint[], b: readonly Taint[], max: number): readonly Taint[] {
  if (b.length === 0 || a === b) return a;
  if (a.length === 0) return b;
  let merged: Taint[] | undefined;
  for (const taint of b) {
    const current = merged ?? a;
    const at = current.findIndex((known) => known.source === taint.source);
    const known = current[at];
    if (known === undefined) {
      if (current.length < max) merged = [...current, taint];
      continue;
    }
    const safe = known.safe & taint.safe;
    if (safe === known.safe) continue;
    merged = [...current];
    merged[at] = { ...(safe === taint.safe ? taint : known), safe, guessed: known.guessed && taint.guessed };
  }
  return merged ?? a;
}
