import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '@lib/kernel';

/** An action, whole: what is done, with what, by whom. Values as the request has them. */
export type SignedAction = {
  readonly operationId: string;
  readonly params: Json;
  readonly body: Json;
  readonly tenantId: string;
  readonly memberId: string;
  readonly credentialId: string;
};

/** The text that a person sees and a passkey signs: canonical JSON (RFC 8785), with the nonce that makes it one of a kind. */
export function actionText(action: SignedAction, nonce: string): string {
  return canonicalJson({ v: 1, ...action, nonce });
}

/** What the nonce of an action is bound to, so that it is good for this action alone. */
export function actionDigest(action: SignedAction): string {
  return createHash('sha256')
    .update(canonicalJson({ ...action }))
    .digest('base64url');
}

/** The challenge of a text: SHA-256, base64url. */
export function challengeOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
