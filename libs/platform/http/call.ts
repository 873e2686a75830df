import type { Actor, AssertionResponse, MemberId, Role, Route, TenantId, TenantPass } from '@lib/contract';
import type { Readable } from 'node:stream';
import type { Result } from '@lib/kernel';
import type { z } from 'zod';
import type { ProblemCode } from './problem-table.ts';

/** `ip` as the outermost proxy that is trusted names it; absent where that is no address. */
export type CallerClient = { readonly ip?: string | undefined; readonly name: string };

/** Who calls, from a verified credential and from nothing else. Fits `TenantContext` of guard/tenancy. */
export type Caller = {
  readonly tenantId: TenantId;
  readonly actor: Actor;
  readonly requestId: string;
  /** Where the request came from, and by what, in words of ours. */
  readonly client: CallerClient;
  readonly pass: TenantPass;
  /** What was presented. */
  readonly credential: { readonly kind: 'token' | 'session'; readonly id: string };
  /** Whose credential it is; null for what belongs to the tenant itself. */
  readonly member: { readonly id: MemberId; readonly role: Role } | null;
  /** The one repository that the credential reaches; absent for one that is bound to none. */
  readonly repositoryId?: string | undefined;
};

/**
 * The place kept for the answer of a POST with an `Idempotency-Key`. A verb writes its answer into it within the transaction of its
 * change, so that the change and the record of it are one.
 */
export type AnswerSlot = { readonly key: string; readonly operation: string; readonly requestSha256: string; readonly ticket: string };

/** Bytes on their way in. Whoever takes them bounds and hashes them. Units: bytes. */
export type RawBody = {
  readonly stream: Readable;
  /** As `content-length` says; undefined when it comes in chunks. */
  readonly bytes: number | undefined;
  /** As `content-digest` says, in hexadecimal; the bytes must have it. Source: RFC 9530. */
  readonly sha256: string | undefined;
};

/**
 * What a person signed with a passkey to make this request, for whoever keeps it. `action` is the text whose SHA-256 was the challenge;
 * `publicKey` is a COSE key. Source: WebAuthn Level 3.
 */
export type SignedRequest = {
  readonly action: string;
  readonly response: AssertionResponse;
  readonly publicKey: Uint8Array;
  readonly origin: string;
  readonly rpId: string;
};

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;
type Member<R, K extends string> = R extends Readonly<Record<K, infer S>> ? Parsed<S> : undefined;

/** One request after every check at the rim: parsed by its route, and by an authenticated caller unless the route takes anyone. */
export type Call<R extends Route = Route> = {
  readonly route: R;
  readonly params: Member<R, 'params'>;
  readonly query: Member<R, 'query'>;
  readonly body: Member<R, 'body'>;
  readonly headers: Member<R, 'headers'>;
  readonly raw: R extends { readonly raw: object } ? RawBody : undefined;
  readonly caller: R['scope'] extends 'none' ? undefined : Caller;
  readonly requestId: string;
  /** Browser and system that the request names, in a few words: for people, never for a decision. */
  readonly client: CallerClient;
  /** Origin of our page as the browser has it; the host that the request names where none is set. */
  readonly origin: string | undefined;
  readonly slot: AnswerSlot | undefined;
  /** Absent where the route asks for no signature, and where `if-any` found nobody who could. */
  readonly signed: SignedRequest | undefined;
  /** Aborted when the client goes away or the server closes. */
  readonly signal: AbortSignal;
  readonly lastEventId: string | undefined;
  readonly setSession: (session: { readonly secret: string; readonly maxAgeMs: number }) => void;
  readonly clearSession: () => void;
  /** What a sign-in in two steps is bound to this browser by: as it brought it, and to give it one. */
  readonly flow: string | undefined;
  readonly setFlow: (flow: { readonly secret: string; readonly maxAgeMs: number }) => void;
};

/** One server-sent event; `data` is checked by the route's schema before it leaves. */
export type ServerEvent<T> = { readonly id: string; readonly event: string; readonly data: T };

/** A file that is sent as it is made. */
export type FileAnswer = {
  readonly name: string;
  readonly parts: AsyncIterable<Uint8Array>;
};

type Success<R extends Route> = R['answers'][keyof R['answers']];
type AnswerOf<A> = A extends { readonly contentType: 'text/event-stream'; readonly schema: infer S extends z.ZodType }
  ? AsyncIterable<ServerEvent<z.input<S>>>
  : A extends { readonly contentType: 'application/x-tar' }
    ? FileAnswer
    : A extends { readonly schema: infer S extends z.ZodType }
      ? z.input<S>
      : undefined;

/** What a handler of the route gives back; the schema of the answer strips whatever else is in it. */
export type AnswerValue<R extends Route> = AnswerOf<Success<R>>;

/** A refusal by a code of the problem table. Other members stay inside. */
export type Refusal = { readonly code: ProblemCode };

/** A controller's method: thin, because everything around it is done by the rim. */
export type Handler<R extends Route> = (call: Call<R>) => Promise<Result<AnswerValue<R>, Refusal>>;
