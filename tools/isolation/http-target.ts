import type { TestApi } from '../testing/api.ts';
import type { NamedIds } from './foreign-ids.ts';

/** The running API, and one thing of every kind that belongs to the other tenant. */
export type HttpTarget = {
  readonly api: TestApi;
  readonly theirs: NamedIds;
  /** What the API entered tenants for since the last look, in order. */
  readonly entered: () => readonly string[];
  /** The statements that it has run since the last look, by name. */
  readonly asked: () => readonly string[];
  /** What the attacker signs deliveries with. */
  readonly hookSecret: string;
};
