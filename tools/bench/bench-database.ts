import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantId, TenantPass } from '@lib/contract';
import { operatorPass } from '@lib/guard/tenancy';
import { loginRoles, migrate, urlOf, type LoginRole } from '@lib/platform/db';
import { startPostgres } from '@lib/platform/embedded-postgres';

/** A migrated database under the product's own settings: fsync on. */
export type BenchDatabase = {
  readonly adminUrl: string;
  readonly urlFor: (role: LoginRole) => string;
  readonly pass: (tenantId: TenantId) => TenantPass;
};

/** Runs `work` on a fresh server and removes everything afterwards. */
export async function withBenchDatabase<T>(work: (database: BenchDatabase) => Promise<T>): Promise<T> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'aegis-bench-'));
  chmodSync(dataDirectory, 0o755); // as root, the server runs as another user
  try {
    const server = await startPostgres({ dataDirectory });
    try {
      const password = randomBytes(12).toString('hex');
      const passwords = Object.fromEntries(loginRoles.map((role) => [role, password]));
      await migrate({ adminUrl: server.adminUrl, directory: 'db/migrations', passwords });
      const adminUrl = urlOf(server.adminUrl, 'aegis');
      return await work({
        adminUrl,
        urlFor: (role) => adminUrl.replace(/\/\/[^@]+@/u, `//${role}:${password}@`),
        pass: (tenantId) => operatorPass(adminUrl, tenantId),
      });
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}
