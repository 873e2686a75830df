import type { z } from 'zod';
import type { Permission } from '../permissions.ts';

/**
 * How far a token must reach. `read` < `write` < `admin`; `scim` reaches what a directory asks for and nothing else; `none` is for health,
 * documentation and sign-in.
 */
export type Scope = 'none' | 'read' | 'write' | 'admin' | 'scim';

/** One answer that a route can give: JSON by its schema, or a stream of `contentType`. */
export type RouteAnswer = { readonly description: string; readonly schema?: z.ZodType; readonly contentType?: string };

/**
 * Whether the caller must sign this very request with a passkey: `required`, by a person who has one; `if-any`, whoever has one does,
 * and a token, which its scope bounds, does not.
 */
export type Presence = 'required' | 'if-any';

/** Who may call: anybody, or whoever holds a credential that reaches as far and has a role with the permission. */
type Entry =
  | { readonly scope: 'none'; readonly needs?: never; readonly presence?: never }
  | { readonly scope: Exclude<Scope, 'none'>; readonly needs: Permission; readonly presence?: Presence };

/**
 * One endpoint, said once: the controller validates by it, the client types come from it, OpenAPI 3.1 is generated from it.
 * `path` uses OpenAPI braces: `/v1/scans/{scanId}`. Problem answers (400, 401, 404, 409, 429, 503) are listed by status in `problems`.
 */
export type Route = Entry & {
  readonly operationId: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Headers that the endpoint reads, by their names in lower case. */
  readonly headers?: z.ZodObject;
  /** Instead of `body`: bytes of one of these media types, handed over as they come. Units: bytes. */
  readonly raw?: { readonly mediaTypes: readonly string[]; readonly bytesMax: number };
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  readonly problems: readonly number[];
  /** An owner may call it while the account is being closed; nobody calls anything else then. */
  readonly whileClosing?: true;
  /** A workflow's token may ask, for its own repository: the address or the body names it, or a scan of it. */
  readonly ci?: 'repository' | 'scan';
  /** The answer holds a secret that is shown once: it is never kept for a replay. */
  readonly holdsSecret?: true;
};

/** Keeps the literal types of a route, so that a controller and the OpenAPI document read the same object. */
export function defineRoute<const R extends Route>(route: R): R {
  return route;
}
