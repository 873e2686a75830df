import type { KeyObject } from 'node:crypto';
import type { Clock, Ids } from '@lib/kernel';
import type { Tenancy } from '@lib/guard/tenancy';

/**
 * What the verbs of this slice use. `allowedFolders`: the operator's; a repository's folder lies under one of them. `workDirectory`: where
 * uploads wait for the worker; without it none is taken.
 */
export type ConnectDeps = {
  readonly tenancy: Tenancy;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly cursorKey: KeyObject;
  readonly allowedFolders: readonly string[];
  readonly workDirectory: string | undefined;
};

/** Injection token of `ConnectDeps`. */
export const CONNECT = Symbol('connect');
