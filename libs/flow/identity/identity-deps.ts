import type { KeyObject } from 'node:crypto';
import type { Clock, Ids } from '@lib/kernel';
import type { Identity, Tenancy } from '@lib/guard/tenancy';
import type { Opener, Sealer } from '@lib/platform/kms';
import type { Oidc, WorkflowTokens } from '@lib/platform/oidc';
import type { Log } from '@lib/platform/telemetry';

/** What the verbs of this slice use. */
export type IdentityDeps = {
  readonly tenancy: Tenancy;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly cursorKey: KeyObject;
  readonly challengeKey: KeyObject;
  /** Makes the records by which name servers say whose their domains are. */
  readonly domainKey: KeyObject;
  readonly oidc: Oidc;
  readonly workflowTokens: WorkflowTokens;
  readonly kms: Opener & Pick<Sealer, 'encrypt'>;
  /** TXT records of a name; nothing when no name server answered. */
  readonly findTextRecords: (name: string) => Promise<readonly string[] | undefined>;
  readonly log: Log;
};

/** Injection token of `IdentityDeps`. */
export const IDENTITY = Symbol('identity');
