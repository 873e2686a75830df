import type { KeyObject } from 'node:crypto';
import type { Clock, Ids } from '@lib/kernel';
import type { LogKeys } from '@lib/guard/audit';
import type { Kms, SecretBox } from '@lib/platform/kms';
import type { ObjectStore } from '@lib/platform/objects';
import type { Tenancy } from '@lib/guard/tenancy';

/** What the verbs of this slice use. */
export type ExportDeps = {
  readonly tenancy: Tenancy;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly cursorKey: KeyObject;
  readonly logKeys: LogKeys;
  readonly kms: Pick<Kms, 'decrypt'>;
  readonly secrets: Pick<SecretBox, 'conceal'>;
  readonly objects: Pick<ObjectStore, 'get'>;
};

/** Injection token of `ExportDeps`. */
export const EXPORT = Symbol('export');
