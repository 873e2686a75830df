import { defineConfig } from 'vitest/config';
import { SlowFirst } from './tools/testing/slow-first.ts';

// `.spec` is pure and quick; `.db.spec` needs the embedded Postgres; `.e2e.spec` the running API.
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ['{libs,apps,db,sandbox,tools,vuln-saas}/**/*.spec.ts', 'eslint-rules/*.spec.mjs'],
    exclude: ['**/node_modules/**', 'vuln-saas/*/**'],
    globalSetup: ['tools/testing/database-server.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    isolate: false, // a spec leaves nothing behind in a module, so a worker loads the product once and not once a spec
    sequence: { sequencer: SlowFirst },
  },
});
