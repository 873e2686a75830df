import type { Outcome } from './probe.ts';

/** One way to keep a run from ending well, and how the supervisor must end it. What the process does is in `act-out.ts`. */
export type Ending = {
  readonly id: `ending: ${string}`;
  readonly wants: string;
  /** The name of the ending; with what ended the process, where the supervisor chooses that. Or what the process still tells. */
  readonly expected: Outcome;
  /** Ends at the wall clock alone, which is short then. */
  readonly endless: boolean;
};

/** What is not refused but bounded: in each case the supervisor survives, and says how it ended. */
export const endings = [
  { id: 'ending: spin', wants: 'work for ever', expected: 'timed_out: SIGTERM', endless: true },
  {
    id: 'ending: spin and ignore SIGTERM',
    wants: 'work for ever, whatever it is told',
    expected: 'timed_out: SIGKILL',
    endless: true,
  },
  {
    id: 'ending: stop itself',
    wants: 'never end, and hear nothing',
    expected: 'timed_out: SIGKILL',
    endless: true,
  },
  {
    id: 'ending: catastrophic expression',
    wants: 'have a regular expression work for ever, where no timer of the program can stop it',
    expected: 'timed_out: SIGTERM',
    endless: true,
  },
  {
    id: 'ending: recursion without end',
    wants: 'end the runner by its stack',
    expected: 'RangeError',
    endless: false,
  },
  {
    id: 'ending: progress without end',
    wants: 'keep the supervisor busy and alive for ever by progress',
    expected: 'protocol_error: more progress than there are files',
    endless: false,
  },
  {
    id: 'ending: a line without end',
    wants: 'fill the memory of the supervisor',
    expected: 'protocol_error: line too long',
    endless: false,
  },
  { id: 'ending: heap without end', wants: 'take all memory', expected: 'crashed', endless: false },
  { id: 'ending: threads without end', wants: 'take all threads and their memory', expected: 'crashed', endless: false },
] as const satisfies readonly Ending[];

export type EndingId = (typeof endings)[number]['id'];
