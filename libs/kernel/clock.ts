/** Wall time and new identifiers come in through these, so that a test can fix them. Units: ms since the Unix epoch. */
export type Clock = { readonly nowMs: () => number };

/** A source of time-ordered UUIDs (version 7, RFC 9562). */
export type Ids = { readonly uuid: () => string };
