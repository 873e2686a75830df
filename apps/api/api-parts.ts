import type { KeyObject } from 'node:crypto';
import type { Clock, Ids } from '@lib/kernel';
import type { LogKeys } from '@lib/guard/audit';
import type { Identity, Tenancy } from '@lib/guard/tenancy';
import type { ForgePlace } from '@lib/flow/forge';
import type { Forge } from '@lib/platform/forge';
import type { ForgeKeys, Opener, Sealer, SecretBox } from '@lib/platform/kms';
import type { Oidc, WorkflowTokens } from '@lib/platform/oidc';
import type { ObjectReader } from '@lib/platform/objects';
import type { Log } from '@lib/platform/telemetry';

/** What the API is composed of. Nothing in here is read from the environment; `main.ts` does that. */
export type ApiParts = {
  readonly tenancy: Tenancy;
  readonly identity: Identity;
  readonly kms: Opener & Pick<Sealer, 'encrypt'> & ForgeKeys;
  readonly forge: Forge;
  readonly forgePlace: ForgePlace;
  readonly secrets: Pick<SecretBox, 'conceal'>;
  readonly objects: ObjectReader;
  readonly logKeys: LogKeys;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly cursorKey: KeyObject;
  /** Makes and checks the challenges of passkeys. */
  readonly challengeKey: KeyObject;
  /** Makes the records by which name servers say whose their domains are. */
  readonly domainKey: KeyObject;
  readonly oidc: Oidc;
  readonly workflowTokens: WorkflowTokens;
  readonly findTextRecords: (name: string) => Promise<readonly string[] | undefined>;
  readonly allowedFolders: readonly string[];
  readonly workDirectory: string | undefined;
  readonly checkReady: () => Promise<readonly string[]>;
};
