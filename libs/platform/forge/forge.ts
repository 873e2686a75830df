import type { ForgeAppId, TenantId } from '@lib/contract';
import type { Result } from '@lib/kernel';

/** An App as a tenant has registered it: where its forge is, who it is there. Its private key is in the key store and nowhere else. */
export type ForgeApp = {
  readonly tenantId: TenantId;
  readonly appId: ForgeAppId;
  readonly externalId: number;
  /** Such as `https://api.github.com`, or `https://ghe.example/api/v3`. */
  readonly apiUrl: string;
};

/** What a token may do: a subset of what the App was granted. */
export type ForgePermissions = Readonly<
  Partial<Record<'metadata' | 'contents' | 'pull_requests' | 'checks' | 'security_events', 'read' | 'write'>>
>;

/** A token for one installation; for one repository unless it only lists them. */
export type ForgeGrant = {
  readonly installation: number;
  readonly repository?: number;
  readonly permissions: ForgePermissions;
};

/** What a caller can act on. `forbidden`: the App lacks the right; `gone`: deleted, renamed away, uninstalled or never there. */
export type ForgeRefusal = {
  readonly code: 'forge.unauthorized' | 'forge.forbidden' | 'forge.gone' | 'forge.refused' | 'forge.key_absent';
  readonly status?: number;
};

type Answer<T> = Promise<Result<T, ForgeRefusal>>;

export type ForgeAccount = { readonly login: string; readonly type: string };

export type ForgeInstallation = {
  readonly id: number;
  readonly account: ForgeAccount;
  readonly selection: 'all' | 'selected';
  readonly suspended: boolean;
  readonly permissions: Readonly<Record<string, string>>;
};

export type ForgeAppFacts = {
  readonly id: number;
  readonly slug: string;
  /** The account that registered it, where the forge says so. */
  readonly owner: ForgeAccount | undefined;
  readonly permissions: Readonly<Record<string, string>>;
  readonly events: readonly string[];
};

/** A webhook that the forge has tried to deliver. `statusCode` 0: nobody answered. */
export type ForgeDelivery = {
  readonly id: number;
  readonly guid: string;
  readonly deliveredAt: string;
  readonly redelivery: boolean;
  readonly statusCode: number;
  readonly event: string;
};

/** What is asked as the App itself. */
export type AppForge = {
  readonly app: () => Answer<ForgeAppFacts>;
  readonly installation: (id: number) => Answer<ForgeInstallation>;
  readonly installations: () => Answer<readonly ForgeInstallation[]>;
  /** Newest first, until one is older than `since`, an instant. */
  readonly deliveries: (since: string) => Answer<readonly ForgeDelivery[]>;
  readonly redeliver: (id: number) => Answer<void>;
};

export type ForgeRepository = {
  readonly id: number;
  readonly fullName: string;
  readonly defaultBranch: string;
  readonly visibility: 'public' | 'private' | 'internal';
};

export type ForgePull = {
  readonly number: number;
  readonly state: 'open' | 'closed';
  readonly draft: boolean;
  readonly headSha: string;
  readonly headRepository: string | undefined;
  readonly baseSha: string;
  readonly baseRef: string;
};

/** Lines of a file that a change adds or alters, as first and last line of each run; all of them where the forge shows no difference. */
export type ChangedFile = { readonly path: string; readonly lines: readonly (readonly [first: number, last: number])[] };

/** `complete`: false when the forge lists no more of a very large change. */
export type ForgeComparison = { readonly mergeBase: string; readonly files: readonly ChangedFile[]; readonly complete: boolean };

/** One line of a check run. */
export type CheckAnnotation = {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly level: 'notice' | 'warning' | 'failure';
  readonly title: string;
  readonly message: string;
};

export type CheckConclusion = 'success' | 'failure' | 'neutral' | 'cancelled';

/** A check run as it should be. At most 50 annotations; the forge adds them to those that it has. */
export type CheckUpdate = {
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion?: CheckConclusion;
  readonly detailsUrl?: string;
  readonly title: string;
  readonly summary: string;
  readonly annotations: readonly CheckAnnotation[];
};

export type NewCheck = CheckUpdate & { readonly name: string; readonly headSha: string; readonly externalId: string };

/** Where the bytes of a commit lie, and the token that opens them; redirects go to one of `redirectHosts` without it. */
export type ForgeArchive = { readonly url: string; readonly token: string; readonly redirectHosts: readonly string[] };

/** What is asked with a token, of one repository. Nothing in here pushes, merges or changes settings. */
export type RepositoryForge = {
  readonly repository: (fullName: string) => Answer<ForgeRepository>;
  /** Every repository that the installation gives; needs a token without a repository. */
  readonly repositories: () => Answer<readonly ForgeRepository[]>;
  readonly branchHead: (fullName: string, branch: string) => Answer<string>;
  readonly pull: (fullName: string, number: number) => Answer<ForgePull>;
  readonly compare: (fullName: string, base: string, head: string) => Answer<ForgeComparison>;
  /** The bytes of a file at a commit; undefined when there is none. Errors: `forge.refused` also for one that is too large. */
  readonly file: (fullName: string, at: { readonly commit: string; readonly path: string }) => Answer<Buffer | undefined>;
  readonly archive: (fullName: string, commit: string) => ForgeArchive;
  readonly findCheck: (
    fullName: string,
    at: { readonly headSha: string; readonly name: string; readonly externalId: string },
  ) => Answer<number | undefined>;
  readonly createCheck: (fullName: string, check: NewCheck) => Answer<number>;
  readonly updateCheck: (fullName: string, id: number, update: CheckUpdate) => Answer<void>;
};

/** What a repository is called, and its default branch. */
export type RepositoryNames = Pick<ForgeRepository, 'id' | 'fullName' | 'defaultBranch'>;

/** A right that a token was tried with. `status`: what the forge answered. `possible`: it did not refuse. */
export type ForgeRight = {
  readonly name: string;
  readonly permission: string;
  readonly access: 'read' | 'write';
  readonly status: number;
  readonly possible: boolean;
};

/** What an installation grants, as the forge lists it, and what a token that holds all of it was tried with. */
export type ForgeRights = { readonly granted: Readonly<Record<string, string>>; readonly tried: readonly ForgeRight[] };

/** What a forge gave for a manifest: an App's identity and its secrets, which the caller puts into the key store and forgets. */
export type ConvertedManifest = ForgeAppFacts & {
  readonly clientId: string;
  readonly pem: string;
  readonly webhookSecret: string;
};

/**
 * A forge that Apps speak to. Faults: `forge.rate_limited` (says until when), `forge.unavailable`; a job that meets one is tried again.
 */
export type Forge = {
  readonly asApp: (app: ForgeApp) => AppForge;
  /** Mints a token, lends it to `work`, and revokes it, however `work` ends. It is in memory for that long and nowhere else. */
  readonly withToken: <T>(app: ForgeApp, grant: ForgeGrant, work: (forge: RepositoryForge) => Promise<T>) => Answer<T>;
  /** Tries on one repository what a token with all rights of the installation may do; nothing that it asks for can take effect. */
  readonly tryRights: (app: ForgeApp, on: { readonly installation: number; readonly repository: RepositoryNames }) => Answer<ForgeRights>;
  readonly convertManifest: (apiUrl: string, code: string) => Answer<ConvertedManifest>;
};
