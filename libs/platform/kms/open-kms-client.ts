import { KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms';
import { limits } from '@lib/contract';

/** A client of AWS KMS whose requests end. */
export function openKmsClient(of: Pick<KMSClientConfig, 'region' | 'endpoint' | 'credentials'>): KMSClient {
  return new KMSClient({
    ...of,
    maxAttempts: limits.remoteAttemptsMax,
    // without the last of these the client only warns, and waits on
    requestHandler: { requestTimeout: limits.remoteRequestMs, connectionTimeout: limits.connectMs, throwOnRequestTimeout: true },
  });
}
