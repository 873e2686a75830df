import { createHmac, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto';
import { limits } from '@lib/contract';
import { err, ok, type Clock, type Result } from '@lib/kernel';

const randomPartBytes = 16;
const instantBytes = 6; // milliseconds until the year 10889
const macBytes = 32;

/** What a challenge is for, and whose it is. Under anything else it is no challenge. */
export type ChallengePurpose = { readonly purpose: 'sign-in' | 'register' | 'action' | 'company'; readonly bound: string };

/** It is not one of ours, for this, that still counts. Which of them is not told. */
export type ChallengeInvalid = { readonly code: 'presence.challenge_invalid' };

/** Makes a challenge that needs no row: random bits and its end, under a MAC that is bound to the purpose. base64url. Units: ms. */
export function sealChallenge({ challengeKey, clock }: Sealing, purpose: ChallengePurpose, lifeMs: number = limits.presenceMs): string {
  const head = Buffer.alloc(randomPartBytes + instantBytes);
  randomBytes(randomPartBytes).copy(head);
  head.writeUIntBE(clock.nowMs() + lifeMs, randomPartBytes, instantBytes);
  return Buffer.concat([head, mac(challengeKey, purpose, head)]).toString('base64url');
}

/** Opens a challenge and answers when it ends. Errors: `presence.challenge_invalid`. Units: ms. */
export function openChallenge(
  { challengeKey, clock }: Sealing,
  purpose: ChallengePurpose,
  challenge: string,
): Result<{ readonly expiresMs: number }, ChallengeInvalid> {
  const bytes = Buffer.from(challenge, 'base64url');
  const head = bytes.subarray(0, randomPartBytes + instantBytes);
  if (bytes.length !== head.length + macBytes || bytes.toString('base64url') !== challenge)
    return err({ code: 'presence.challenge_invalid' });
  if (!timingSafeEqual(bytes.subarray(head.length), mac(challengeKey, purpose, head))) return err({ code: 'presence.challenge_invalid' });
  const expiresMs = head.readUIntBE(randomPartBytes, instantBytes);
  return expiresMs > clock.nowMs() ? ok({ expiresMs }) : err({ code: 'presence.challenge_invalid' });
}

type Sealing = { readonly challengeKey: KeyObject; readonly clock: Clock };

function mac(key: KeyObject, { purpose, bound }: ChallengePurpose, head: Uint8Array): Buffer {
  return createHmac('sha256', key)
    .update(JSON.stringify(['aegis presence', purpose, bound]))
    .update(head)
    .digest();
}
