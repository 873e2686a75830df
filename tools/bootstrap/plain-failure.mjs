/** A failure that is told to the user as it stands: a sentence, never a stack trace. */
export class PlainFailure extends Error {}
