type Lower = Lowercase<string>;

/** Past tenses that do not end in `ed` and that we use. */
type Irregular =
  'lost' | 'found' | 'sent' | 'read' | 'built' | 'begun' | 'kept' | 'put' | 'met' | 'shut' | 'written' | 'taken' | 'run' | 'left' | 'spent';

/**
 * Name of something that has happened: `area.past_tense`, lower case, such as `scan.finished` or `queue.connection_lost`.
 * The compiler refuses anything else.
 */
export type EventName = `${Lower}.${Lower}ed` | `${Lower}.${Irregular}` | `${Lower}.${Lower}_${Irregular}`;
