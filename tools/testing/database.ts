import { randomBytes } from 'node:crypto';
import { operatorPass } from '@lib/guard/tenancy';
import type { TenantId, TenantPass } from '@lib/contract';
import { present } from '@lib/kernel';
import { loginRoles, urlOf, withAdmin, type LoginRole } from '@lib/platform/db';
import { addressVariable, templateName, testClusterSchema, type TestCluster } from './test-cluster.ts';

/** A database of its own for one spec. `admin` bypasses row-level security: it plants rows and looks at what is really there. */
export type TestDatabase = {
  readonly name: string;
  readonly adminUrl: string;
  /** One address per log-in role; `aegis_queue` has its own empty database. */
  readonly urls: Readonly<Record<LoginRole, string>>;
  readonly admin: (text: string, values?: readonly unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** A pass of any tenant for any role, by the administrator's right. */
  readonly pass: (tenantId: TenantId) => TenantPass;
  readonly drop: () => Promise<void>;
};

/**
 * Makes a fresh migrated database, empty but for its schema. Call `drop` in `afterAll`; what is left goes with the run.
 * The first call of a run starts the embedded server, which takes about a second.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const cluster = await findCluster();
  const name = `aegis_test_${randomBytes(8).toString('hex')}`;
  const queueName = `${name}_queue`;
  await withAdmin(cluster, async (admin) => {
    await admin.run('copy template', `create database ${name} template ${templateName}`);
    await admin.run(
      'make queue database',
      `create database ${queueName} owner aegis_queue template template0 encoding 'UTF8' locale 'C.UTF-8'`,
    );
    await admin.run('close queue database', `revoke all on database ${queueName} from public`);
  });
  const adminUrl = urlOf(cluster.adminUrl, name);
  const passes = new Map<string, TenantPass>();
  // rights on the database itself are not part of a copy
  await withAdmin({ adminUrl }, (admin) => admin.run('close database', 'select ops.close_database()'));
  return {
    name,
    adminUrl,
    urls: roleUrls(cluster, name, queueName),
    admin: (text, values) => withAdmin({ adminUrl }, (admin) => admin.rows('test', text, values)),
    pass: (tenantId) => {
      const pass = passes.get(tenantId) ?? operatorPass(adminUrl, tenantId);
      passes.set(tenantId, pass);
      return pass;
    },
    drop: () =>
      withAdmin(cluster, async (admin) => {
        await admin.run('drop', `drop database if exists ${name} with (force)`);
        await admin.run('drop', `drop database if exists ${queueName} with (force)`);
      }),
  };
}

async function findCluster(): Promise<TestCluster> {
  const response = await fetch(present(process.env[addressVariable], 'the global set-up of vitest.config.ts has run'));
  const text = await response.text();
  if (!response.ok) throw new Error(`the test database did not start: ${text}`);
  return testClusterSchema.parse(JSON.parse(text));
}

function roleUrls(cluster: TestCluster, name: string, queueName: string): Readonly<Record<LoginRole, string>> {
  const urlFor = (role: LoginRole): string => {
    const url = new URL(urlOf(cluster.adminUrl, role === 'aegis_queue' ? queueName : name));
    url.username = role;
    url.password = present(cluster.passwords[role], 'a password for every role');
    return url.href;
  };
  const [api, worker, identity, staff, audit, queue, dispatch, shredder] = loginRoles;
  return {
    [api]: urlFor(api),
    [worker]: urlFor(worker),
    [identity]: urlFor(identity),
    [staff]: urlFor(staff),
    [audit]: urlFor(audit),
    [queue]: urlFor(queue),
    [dispatch]: urlFor(dispatch),
    [shredder]: urlFor(shredder),
  };
}
