import { limits } from '@lib/contract';
import { Fault, SECOND_MS, err, ok, type Result } from '@lib/kernel';
import { pinnedFetch } from '@lib/platform/outbound';
import { createRemoteJWKSet, customFetch, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { OidcRefused } from './oidc.ts';
import type { OidcDeps } from './open-oidc.ts';

const claimsSchema = z.object({
  jti: z.string().min(1).max(200),
  exp: z.number(),
  repository_id: z.string().max(20),
  repository_owner_id: z.string().max(20),
  ref: z.string().max(300),
  environment: z.string().max(200).optional(),
  run_id: z.string().max(40).optional(),
});

/** What a workflow's token says of it, after every check. Units: `exp` in seconds. */
export type WorkflowClaims = z.infer<typeof claimsSchema>;

/** Checks tokens of workflows. Source: OpenID Connect Core 1.0, RFC 7519, RFC 8725. */
export type WorkflowTokens = {
  readonly verify: (
    token: string,
    expected: { readonly issuer: string; readonly audience: string },
  ) => Promise<Result<WorkflowClaims, OidcRefused>>;
};

/**
 * Opens the check. Only what a tenant trusts is ever asked for keys: the token's own word says nothing. Keys are asked for again when one
 * comes that is not among them, at most once in `limits.ciKeysPauseMs`. Errors: `OidcRefused`.
 */
export function openWorkflowTokens({ reach, clock }: OidcDeps): WorkflowTokens {
  const fetch = pinnedFetch({ reach, answerBytesMax: limits.oidcAnswerBytesMax, wallMs: limits.oidcRequestMs });
  const kept = new Map<string, JWTVerifyGetKey>();
  const keysOf = async (issuer: string): Promise<JWTVerifyGetKey> => {
    const known = kept.get(issuer);
    if (known !== undefined) return known;
    const made = createRemoteJWKSet(await findKeys(fetch, issuer), {
      [customFetch]: fetch,
      timeoutDuration: limits.oidcRequestMs,
      cooldownDuration: limits.ciKeysPauseMs,
      cacheMaxAge: limits.oidcKeptMs,
    });
    const oldest = kept.keys().next();
    if (kept.size >= limits.oidcIssuersKept && oldest.done !== true) kept.delete(oldest.value);
    kept.set(issuer, made);
    return made;
  };
  return {
    verify: async (token, { issuer, audience }) => {
      try {
        const { payload } = await jwtVerify(token, await keysOf(issuer), {
          issuer,
          audience,
          algorithms: ['RS256'], // what forges sign with; never read from the token
          requiredClaims: ['exp', 'iat', 'jti'],
          maxTokenAge: limits.oidcTokenAgeMsMax / SECOND_MS,
          clockTolerance: limits.oidcClockSkewMs / SECOND_MS,
          currentDate: new Date(clock.nowMs()),
        });
        // one audience: a token that is for others too may have been kept by them
        const claims = payload.aud === audience ? claimsSchema.safeParse(payload) : undefined;
        return claims?.success === true ? ok(claims.data) : err({ code: 'oidc.refused', reason: 'claims_unfit' });
      } catch (error) {
        return err(refusalOf(error));
      }
    },
  };
}

const metadataSchema = z.object({ issuer: z.string(), jwks_uri: z.url() });

async function findKeys(fetch: typeof globalThis.fetch, issuer: string): Promise<URL> {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`);
  const said = metadataSchema.safeParse(answer.ok ? await answer.json().catch(() => undefined) : undefined);
  if (!said.success || said.data.issuer !== issuer) throw new Fault('outbound.unreachable', { internal: 'no issuer is there' });
  return new URL(said.data.jwks_uri);
}

/** What our own fetch throws is the issuer's being away; what the library throws is the token's not holding. */
function refusalOf(error: unknown): OidcRefused {
  if (error instanceof Fault) return { code: 'oidc.unavailable', reason: error.code };
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  const isAway = ['ERR_JWKS_TIMEOUT', 'ERR_JOSE_GENERIC'].includes(code);
  return { code: isAway ? 'oidc.unavailable' : 'oidc.refused', reason: code.toLowerCase() };
}
