import { createHash } from 'node:crypto';
import { type Result, err, ok } from '@lib/kernel';
import { type DataKey, openEnvelope, readEnvelopeHead, sealEnvelope } from './envelope.ts';
import { type EnvelopeContext, type KmsError, type Opener, type Sealer, type TenantKey, tenantKeyOf } from './kms.ts';

/** Makes a data key and wraps it under a tenant's key: all that a sealer can do. */
export type MakeDataKey = (context: EnvelopeContext) => Promise<Result<DataKey, KmsError>>;

/** Unwraps a data key: what only an opener can. */
export type UnwrapDataKey = (context: EnvelopeContext, wrapped: Uint8Array) => Promise<Result<Uint8Array, KmsError>>;

/** Envelope encryption over any key store: one format, one data key an object, plaintext keys wiped after use. */
export function envelopeSealer(makeDataKey: MakeDataKey): Pick<Sealer, 'encrypt' | 'seal'> {
  return {
    encrypt: async (context, plain) => {
      const dataKey = await makeDataKey(context);
      if (!dataKey.ok) return dataKey;
      const sealed = sealEnvelope(context, dataKey.value, { bytesMax: plain.length, parts: [plain] });
      dataKey.value.plain.fill(0);
      return ok(sealed);
    },
    seal: async (context, plain) => {
      const dataKey = await makeDataKey(context);
      if (!dataKey.ok) return dataKey;
      const hash = createHash('sha256');
      const bytes = sealEnvelope(context, dataKey.value, { ...plain, hash });
      dataKey.value.plain.fill(0);
      return ok({ bytes, sha256: hash.digest('hex') });
    },
  };
}

/** Opens what `envelopeSealer` made. */
export function envelopeOpener(unwrapDataKey: UnwrapDataKey): Opener {
  return {
    decrypt: async (context, sealed) => {
      const head = readEnvelopeHead(sealed);
      if (head === undefined) return err({ code: 'kms.refused' });
      const dataKey = await unwrapDataKey(context, head.wrapped);
      if (!dataKey.ok) return dataKey;
      const plain = openEnvelope(context, dataKey.value, sealed);
      dataKey.value.fill(0);
      return plain === undefined ? err({ code: 'kms.refused' }) : ok(plain);
    },
  };
}

/**
 * Opens under the key that the purpose asks for. What is no evidence and was sealed when a tenant had one key opens under that one; not when
 * the key of its own was destroyed.
 */
export function underEither(openUnder: (key: TenantKey, ...of: Parameters<UnwrapDataKey>) => ReturnType<UnwrapDataKey>): UnwrapDataKey {
  return async (context, wrapped) => {
    const key = tenantKeyOf(context);
    const opened = await openUnder(key, context, wrapped);
    if (opened.ok || key === 'evidence' || opened.error.code === 'kms.key_destroyed') return opened;
    const before = await openUnder('evidence', context, wrapped);
    return before.ok ? before : opened;
  };
}
