import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { limits } from '@lib/contract';
import { Fault, type Clock } from '@lib/kernel';
import type { Signer } from '@lib/platform/kms';
import { pinnedFetch, type Reach } from '@lib/platform/outbound';
import type { Log } from '@lib/platform/telemetry';
import type { ForgeApp } from './forge.ts';
import { signAppToken } from './sign-app-token.ts';

/**
 * What a client is made of. `paced`: a second between two writes of one installation, and limits are waited for, as GitHub asks; off for a
 * forge on this machine. `retryBaseMs`: the first pause after a 5xx.
 */
export type ClientDeps = {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly log: Log;
  readonly reach: Reach;
  readonly paced?: boolean;
  readonly retryBaseMs?: number;
};

const Octo = Octokit.plugin(throttling, retry);

/** Octokit with what we add to it: one writer an installation, bounded waiting, addresses that are judged before they are spoken to. */
export type ForgeClient = InstanceType<typeof Octo>;

/** A client that speaks as the App. Faults: `forge.key_absent` when the key store has no key for it. */
export function openAppClient(deps: ClientDeps, app: ForgeApp): ForgeClient {
  const createJwt = async (): Promise<{ jwt: string; expiresAt: string }> => {
    const token = await signAppToken(deps, app);
    if (!token.ok) throw new Fault('forge.key_absent', { internal: `the key store has no key of App \`${app.appId}\`` });
    return token.value;
  };
  return new Octo({
    ...common(deps, app.apiUrl, `app-${app.appId}`),
    authStrategy: createAppAuth,
    auth: { appId: app.externalId, createJwt },
  });
}

/** A client that speaks with a token, or with none. `line`: requests of one line that write wait for each other. */
export function openTokenClient(
  deps: ClientDeps,
  to: { readonly apiUrl: string; readonly line: string; readonly token: string | undefined },
): ForgeClient {
  return new Octo({ ...common(deps, to.apiUrl, to.line), ...(to.token === undefined ? {} : { auth: to.token }) });
}

function common(deps: ClientDeps, baseUrl: string, line: string) {
  const waits = (retryAfter: number, retryCount: number): boolean =>
    retryAfter <= limits.forgeWaitSecondsMax && retryCount < limits.forgeRetriesMax;
  const tell = (kind: 'primary' | 'secondary', retryAfter: number): void =>
    deps.log.warn('forge.limited', { kind, lineId: line, retryAfterSeconds: retryAfter });
  return {
    baseUrl,
    userAgent: 'aegis',
    request: { fetch: pinnedFetch({ reach: deps.reach, answerBytesMax: limits.forgeAnswerBytesMax, wallMs: limits.forgeRequestMs }) },
    log: silent,
    throttle: {
      id: line,
      onRateLimit: (...[retryAfter, , , retryCount]: Limited): boolean => {
        tell('primary', retryAfter);
        return waits(retryAfter, retryCount);
      },
      onSecondaryRateLimit: (...[retryAfter, , , retryCount]: Limited): boolean => {
        tell('secondary', retryAfter);
        return waits(retryAfter, retryCount);
      },
      enabled: deps.paced ?? true,
    },
    retry: { retries: limits.forgeRetriesMax, ...(deps.retryBaseMs === undefined ? {} : { retryAfterBaseValue: deps.retryBaseMs }) },
  };
}

type Limited = [retryAfter: number, options: object, octokit: unknown, retryCount: number];

// Octokit would write to the console, addresses and all.
const nothing = (): void => undefined;
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };
