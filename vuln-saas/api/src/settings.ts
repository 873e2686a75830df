import { join, resolve } from 'node:path';

/** Reads a variable that the service cannot start without. */
export function requiredEnv(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`missing variable ${name}`);
  return value;
}

export const settings = {
  port: Number(process.env['PORT'] ?? 8080),
  publicOrigin: 'https://app.ledgerly.test',
  storageRoot: resolve(process.env['STORAGE_ROOT'] ?? '/var/lib/ledgerly'),
  localDatabaseUrl: 'postgres://postgres:postgres@localhost:5432/ledgerly_test',
  sessionSecretPlaceholder: 'change-me-before-deploying',
  webhookVerifyingKey: 'MCowBQYDK2VwAyEA3vJ0mT0c8m2w4t1yq7kq9d5s8Vb1oQx6hYt2Z0nWc4E=',
  tracingNamespace: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  termsSha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
};

export const documentsRoot = join(settings.storageRoot, 'documents');
export const importsRoot = join(settings.storageRoot, 'imports');
