import { Fault, type Result, err, ok } from '@lib/kernel';
import type { KmsError } from './kms.ts';

/** Sends one request; what a caller can act on is a `Result`. */
export async function ask<T>(send: () => Promise<T>): Promise<Result<T, KmsError>> {
  try {
    return ok(await send());
  } catch (error) {
    return refusal(error);
  }
}

/** Which answers of KMS a caller can act on; the rest is an operator's. Names only: messages may quote ids of keys and accounts. */
export function refusal(error: unknown): Result<never, KmsError> {
  const name = error instanceof Error ? error.name : 'unknown';
  switch (name) {
    case 'NotFoundException':
      return err({ code: 'kms.key_absent' });
    case 'KMSInvalidStateException':
    case 'DisabledException':
      return err({ code: 'kms.key_destroyed' });
    case 'InvalidCiphertextException':
    case 'IncorrectKeyException':
      return err({ code: 'kms.refused' });
    default:
      throw new Fault('kms.unavailable', { internal: `the key service answered \`${name}\`` });
  }
}
