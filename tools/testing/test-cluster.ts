import { z } from 'zod';

/** Where a spec's process finds the run's server. */
export const addressVariable = 'AEGIS_TEST_DATABASE';

/** The migrated database that every test database is a copy of. */
export const templateName = 'aegis_template';

export const testClusterSchema = z.object({ adminUrl: z.string(), passwords: z.record(z.string(), z.string()) });
export type TestCluster = z.infer<typeof testClusterSchema>;
