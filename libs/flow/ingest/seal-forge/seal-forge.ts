import type { ScanSource, TenantId } from '@lib/contract';
import { err, Fault, ok, type Result } from '@lib/kernel';
import type { Forge, ForgeRefusal } from '@lib/platform/forge';
import type { Reach } from '@lib/platform/outbound';
import type { Unpacker } from '@lib/platform/sandbox';
import type { SealedArchive } from '../seal-archive/seal-input.ts';
import { sealTarball, type SealTarballError } from '../seal-tarball/seal-tarball.ts';

type ForgeSource = Extract<ScanSource, { readonly kind: 'forge' }>;

/** What a repository of a forge is fetched with. `reach`: which addresses may be spoken to. */
export type SealForgeDeps = { readonly unpacker: Unpacker; readonly forge: Forge; readonly reach: Reach };

export type SealForgeJob = {
  readonly tenantId: TenantId;
  readonly source: ForgeSource;
  readonly target: string;
  readonly signal: AbortSignal;
};

/** Why there is no tree. */
export type SealForgeError = ForgeRefusal | SealTarballError;

/**
 * Fetches one commit of a repository that an installation gives, with a token that may read this repository and nothing else, and that
 * ends with the fetch. Without a commit it is the one that the default branch is at. Errors: see `SealForgeError`.
 * Faults: `forge.unavailable` and `forge.rate_limited`, after which the job is tried again.
 */
export async function sealForge(deps: SealForgeDeps, job: SealForgeJob): Promise<Result<SealedArchive, SealForgeError>> {
  const { source, tenantId, target, signal } = job;
  if (!source.live) return err({ code: 'forge.gone' });
  const app = { tenantId, appId: source.appId, externalId: source.appExternalId, apiUrl: source.apiUrl };
  const grant = {
    installation: source.installation,
    repository: source.repository,
    permissions: { metadata: 'read', contents: 'read' },
  } as const;
  const done = await deps.forge.withToken(app, grant, async (given): Promise<Result<SealedArchive, SealForgeError>> => {
    const head = source.commit === null ? await given.branchHead(source.fullName, source.branch) : ok(source.commit);
    if (!head.ok) return head;
    const archive = given.archive(source.fullName, head.value);
    return sealTarball(deps.unpacker, { ...archive, commit: head.value, target, signal, reach: deps.reach });
  });
  if (!done.ok) return done;
  if (!done.value.ok && isAway(done.value.error.code))
    throw new Fault('forge.unavailable', { internal: `an archive: ${done.value.error.code}` });
  return done.value;
}

// What another attempt may well get.
function isAway(code: string): boolean {
  return ['outbound.unavailable', 'outbound.too_slow', 'outbound.broken_off', 'outbound.host_unknown'].includes(code);
}
