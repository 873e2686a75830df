import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import type { AssertionResponse, RegistrationResponse } from '@lib/contract';

/** What an answer is about; a test changes one of them to see that it is refused. `counter` is what the authenticator claims. */
export type Said = {
  readonly challenge: string;
  readonly origin: string;
  readonly rpId: string;
  readonly counter?: number;
  readonly userVerified?: boolean;
  readonly userPresent?: boolean;
  readonly type?: string;
};

/** An authenticator in software: it signs whatever it is told to, which a real one would not. */
export type SoftwarePasskey = {
  readonly id: string;
  readonly register: (said: Said) => RegistrationResponse;
  readonly answer: (said: Said) => AssertionResponse;
};

/** Makes a passkey of its own key (ES256). Source: WebAuthn Level 3, section 6 (authenticator data, attestation `none`). */
export function softwarePasskey(): SoftwarePasskey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const credentialId = randomBytes(32);
  const id = credentialId.toString('base64url');
  const parts = { id, rawId: id, type: 'public-key' } as const;
  return {
    id,
    register: (said) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(credentialId.length);
      const attested = Buffer.concat([Buffer.alloc(16), length, credentialId, coseKey(publicKey)]);
      const authData = Buffer.concat([authenticatorData(said, 0x40), attested]);
      const attestation = cborMap([
        [cborText('fmt'), cborText('none')],
        [cborText('attStmt'), cborMap([])],
        [cborText('authData'), cborBytes(authData)],
      ]);
      const clientDataJSON = clientData(said, 'webauthn.create').toString('base64url');
      return { ...parts, response: { clientDataJSON, attestationObject: attestation.toString('base64url') } };
    },
    answer: (said) => {
      const client = clientData(said, 'webauthn.get');
      const authData = authenticatorData(said, 0);
      const signed = Buffer.concat([authData, createHash('sha256').update(client).digest()]);
      return {
        ...parts,
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: authData.toString('base64url'),
          signature: sign('sha256', signed, privateKey).toString('base64url'),
        },
      };
    },
  };
}

function clientData({ challenge, origin, type }: Said, usual: string): Buffer {
  return Buffer.from(JSON.stringify({ type: type ?? usual, challenge, origin, crossOrigin: false }));
}

function authenticatorData({ rpId, counter = 0, userVerified = true, userPresent = true }: Said, more: number): Buffer {
  const flags = Buffer.from([(userPresent ? 0x01 : 0) | (userVerified ? 0x04 : 0) | more]);
  const count = Buffer.alloc(4);
  count.writeUInt32BE(counter);
  return Buffer.concat([createHash('sha256').update(rpId).digest(), flags, count]);
}

function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return cborMap([
    [cborInteger(1), cborInteger(2)], // kty: EC2
    [cborInteger(3), cborInteger(-7)], // alg: ES256
    [cborInteger(-1), cborInteger(1)], // crv: P-256
    [cborInteger(-2), cborBytes(Buffer.from(x, 'base64url'))],
    [cborInteger(-3), cborBytes(Buffer.from(y, 'base64url'))],
  ]);
}

function cborHead(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length]);
  if (length < 256) return Buffer.from([(major << 5) | 24, length]);
  return Buffer.from([(major << 5) | 25, length >> 8, length & 255]);
}

const cborInteger = (value: number): Buffer => (value < 0 ? cborHead(1, -1 - value) : cborHead(0, value));
const cborBytes = (bytes: Buffer): Buffer => Buffer.concat([cborHead(2, bytes.length), bytes]);
const cborText = (text: string): Buffer => Buffer.concat([cborHead(3, Buffer.byteLength(text)), Buffer.from(text)]);
const cborMap = (pairs: readonly (readonly [Buffer, Buffer])[]): Buffer => Buffer.concat([cborHead(5, pairs.length), ...pairs.flat()]);
