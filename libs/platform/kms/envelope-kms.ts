import { type Result, err, ok } from '@lib/kernel';
import { type DataKey, openEnvelope, readEnvelopeHead, sealEnvelope } from './envelope.ts';
import type { EnvelopeContext, Kms, KmsError } from './kms.ts';

/** The two operations in which key stores differ: wrapping a data key under a tenant's key, and unwrapping it. */
export type KeyWrapper = {
  readonly makeDataKey: (context: EnvelopeContext) => Promise<Result<DataKey, KmsError>>;
  readonly unwrapDataKey: (context: EnvelopeContext, wrapped: Uint8Array) => Promise<Result<Uint8Array, KmsError>>;
};

/** Envelope encryption over any key store: one format, one data key an object, plaintext keys wiped after use. */
export function envelopeKms(wrapper: KeyWrapper): Pick<Kms, 'encrypt' | 'decrypt'> {
  return {
    encrypt: async (context, plain) => {
      const dataKey = await wrapper.makeDataKey(context);
      if (!dataKey.ok) return dataKey;
      const sealed = sealEnvelope(context, dataKey.value, plain);
      dataKey.value.plain.fill(0);
      return ok(sealed);
    },
    decrypt: async (context, sealed) => {
      const head = readEnvelopeHead(sealed);
      if (head === undefined) return err({ code: 'kms.refused' });
      const dataKey = await wrapper.unwrapDataKey(context, head.wrapped);
      if (!dataKey.ok) return dataKey;
      const plain = openEnvelope(context, dataKey.value, sealed);
      dataKey.value.fill(0);
      return plain === undefined ? err({ code: 'kms.refused' }) : ok(plain);
    },
  };
}
