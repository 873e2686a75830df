import type { MemberId, Presence, Role, TenantId, TenantPass, TokenScope } from '@lib/contract';
import type { Clock, Result } from '@lib/kernel';
import type { Log } from '@lib/platform/telemetry';
import type { AnswerSlot, Caller, SignedRequest } from './call.ts';
import type { RateLimiter } from './rate-limiter.ts';

/** What a live secret opens. Fits `Credential` of guard/tenancy. */
export type KnownCredential = {
  readonly tenantId: TenantId;
  readonly kind: 'token' | 'session';
  readonly subjectId: string;
  readonly scope: TokenScope;
  readonly member: { readonly id: MemberId; readonly role: Role } | null;
  readonly person: boolean;
  /** The account is being closed, and this is an owner who may keep it. */
  readonly closing: boolean;
  /** ISO 8601 in UTC, or as the database writes it. */
  readonly expiresAt: string;
  readonly due: boolean;
  readonly reused: boolean;
  /** The one repository that it reaches; null for one that is bound to none. */
  readonly repositoryId: string | null;
  readonly pass: TenantPass;
};

/** A kept answer; `body` is its JSON, or null where there is none to replay. */
export type KeptAnswer = { readonly status: number; readonly body: string | null };

/** What became of an `Idempotency-Key`. */
export type Reservation =
  | { readonly state: 'reserved'; readonly slot: AnswerSlot }
  | { readonly state: 'answered'; readonly answer: KeptAnswer }
  | { readonly state: 'in_progress' }
  | { readonly state: 'reused' };

/** Keeps answers by `Idempotency-Key`, per tenant. The implementation lives in guard/idempotency. */
export type AnswerStore = {
  readonly reserve: (caller: Caller, request: Omit<AnswerSlot, 'ticket'>) => Promise<Reservation>;
  /** Keeps the answer unless the verb has already kept it in its own transaction. */
  readonly finish: (caller: Caller, slot: AnswerSlot, answer: KeptAnswer) => Promise<void>;
  /** Gives the key back after a refusal: nothing was changed, so the same request may be tried again. */
  readonly release: (caller: Caller, slot: AnswerSlot) => Promise<void>;
};

/** One request that must be meant by a person. `params` and `body` are as the request has them. */
export type PresenceQuestion = {
  readonly operationId: string;
  readonly level: Presence;
  readonly params: unknown;
  readonly body: unknown;
  readonly header: string | undefined;
  readonly origin: string | undefined;
};

/** What the rim of the API needs: everything a request meets before and after its handler. */
export type Door = {
  readonly log: Log;
  readonly clock: Clock;
  readonly findCredential: (hash: Uint8Array) => Promise<KnownCredential | undefined>;
  /** Gives a session the secret that follows one that is due; answers whether it did. */
  readonly rotateSession: (oldHash: Uint8Array, newHash: Uint8Array) => Promise<boolean>;
  /** Writes down that a secret of a session was used after it had been replaced. The session is over. */
  readonly reportReuse: (credential: KnownCredential, request: Pick<Caller, 'requestId' | 'client'>) => Promise<void>;
  /** The repository that a scan of the caller's tenant is of. */
  readonly repositoryOfScan: (caller: Caller, scanId: string) => Promise<string | undefined>;
  readonly answers: AnswerStore;
  /** Answers what was signed, nothing for a request that need not be, or the code of a refusal. The implementation lives in guard/presence. */
  readonly checkPresence: (
    caller: Caller,
    question: PresenceQuestion,
  ) => Promise<Result<SignedRequest | undefined, { readonly code: string }>>;
  /** We are reached by https: cookies are `Secure`, browsers are told to stay on https. */
  readonly secure: boolean;
  /** Origin of the dashboard as browsers see it; absent: the host that the request names. */
  readonly publicOrigin: string | undefined;
  readonly perCredential: RateLimiter;
  /** Spent by failed attempts only, per address: a stranger runs dry, the owner behind the same address does not. */
  readonly perStranger: RateLimiter;
  readonly closing: AbortSignal;
};
