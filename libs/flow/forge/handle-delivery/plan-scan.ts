import { Fault } from '@lib/kernel';
import { parseScope, type Scope } from '@lib/engine/scope';
import type { Forge, ForgeApp, RepositoryForge } from '@lib/platform/forge';
import type { KnownInstallation, KnownRepository } from '../jobs.store.ts';

/** What is to be scanned, as the forge's event says; commits are looked up. */
export type ScanWish =
  | { readonly kind: 'push' }
  | { readonly kind: 'pull_request'; readonly pull: number }
  | { readonly kind: 'rerun'; readonly commit: string };

/** A scan with its commits pinned. `base`: what a change is compared with, where it left the branch that it goes to. */
export type PlannedScan = {
  readonly trigger: 'push' | 'pull_request' | 'rerun';
  readonly commit: string;
  readonly base: string | undefined;
  readonly pull: number | undefined;
  readonly scope: Scope | undefined;
};

type Planning = {
  readonly app: ForgeApp;
  readonly installation: KnownInstallation;
  readonly repository: KnownRepository;
  readonly wish: ScanWish;
};

/**
 * Pins the commits of a scan, as they are now at the forge, and reads what `.aegis.yml` says about it: of a change, at the commit that it
 * is compared with, so that a change cannot soften what judges it. Undefined: there is nothing (any more) to scan.
 * Faults: `forge.*`.
 */
export async function planScan(forge: Forge, { app, installation, repository, wish }: Planning): Promise<PlannedScan | undefined> {
  const permissions = wish.kind === 'pull_request' ? ({ ...reading, pull_requests: 'read' } as const) : reading;
  const grant = { installation: installation.externalId, repository: repository.externalId, permissions };
  const planned = await forge.withToken(app, grant, (given) => pin(given, repository, wish));
  if (planned.ok) return planned.value;
  if (planned.error.code === 'forge.gone' || planned.error.code === 'forge.forbidden') return undefined;
  throw new Fault('forge.refused', { internal: `a token for a repository: ${planned.error.code}` });
}

const reading = { metadata: 'read', contents: 'read' } as const;

async function pin(given: RepositoryForge, { fullName, defaultBranch }: KnownRepository, wish: ScanWish): Promise<PlannedScan | undefined> {
  if (wish.kind === 'pull_request') return pinPull(given, fullName, wish.pull);
  const head = wish.kind === 'rerun' ? wish.commit : valueOf(await given.branchHead(fullName, defaultBranch));
  if (head === undefined) return undefined;
  return { trigger: wish.kind, commit: head, base: undefined, pull: undefined, scope: await readScope(given, fullName, head) };
}

async function pinPull(given: RepositoryForge, fullName: string, number: number): Promise<PlannedScan | undefined> {
  const pull = valueOf(await given.pull(fullName, number));
  if (pull?.state !== 'open') return undefined;
  const compared = valueOf(await given.compare(fullName, pull.baseSha, pull.headSha));
  if (compared === undefined) return undefined;
  const scope = await readScope(given, fullName, pull.baseSha);
  return { trigger: 'pull_request', commit: pull.headSha, base: compared.mergeBase, pull: number, scope };
}

async function readScope(given: RepositoryForge, fullName: string, commit: string): Promise<Scope | undefined> {
  const file = valueOf(await given.file(fullName, { commit, path: '.aegis.yml' }));
  return file === undefined ? undefined : parseScope(file.toString('utf8'));
}

type Answered<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: { readonly code: string } };

// What is gone or closed to us is not scanned; there is nothing that another attempt would change.
function valueOf<T>(answer: Answered<T>): T | undefined {
  return answer.ok ? answer.value : undefined;
}
