// One table of rings: what each folder is, what it may import, which packages it may use.
// dependency-cruiser generates its rules from it, the drawing in docs/architecture.md is made from it, and the tidy test reads it.
const layers = {
  kernel: { path: '^libs/kernel/', may: [], npm: [] },
  contract: { path: '^libs/contract/', may: ['kernel'], npm: ['zod'] },
  engine: {
    path: '^libs/engine/',
    may: ['kernel', 'contract'],
    npm: [
      'zod',
      'oxc-parser',
      'web-tree-sitter',
      'yaml',
      'dockerfile-ast',
      'packageurl-js',
      'semver',
      '@renovatebot/pep440',
      'smol-toml',
      'ae-cvss-calculator',
      'spdx-expression-parse',
    ],
  },
  platform: { path: '^libs/platform/', may: ['kernel', 'contract'], npm: '*' },
  guard: { path: '^libs/guard/', may: ['kernel', 'contract', 'engine', 'platform'], npm: ['@nestjs/common', 'zod'] },
  flow: { path: '^libs/flow/', may: ['kernel', 'contract', 'engine', 'platform', 'guard'], npm: ['@nestjs/common', 'zod'] },
  server: { path: '^apps/(api|worker|staff|shredder)/', may: ['kernel', 'contract', 'platform', 'guard', 'flow'], npm: '*' },
  web: { path: '^apps/web/', may: ['kernel', 'contract'], npm: '*' },
  // the command line is a composition root too: `up` starts the services and `scan` runs the pipeline without them
  cli: { path: '^apps/cli/', may: ['kernel', 'contract', 'engine', 'platform', 'guard', 'flow'], npm: '*' },
  // what runs inside a cloud task: it supervises what runs behind the walls, and is no part of that
  task: { path: '^sandbox/task/', may: ['kernel', 'contract', 'platform', 'sandbox'], npm: ['zod'] },
  sandbox: { path: '^sandbox/(?!task/)', may: ['kernel', 'contract', 'engine'], npm: [] },
  infra: { path: '^infra/', may: ['contract'], npm: '*' },
};
const guardOrder = ['tenancy', 'idempotency', 'jobs', 'evidence', 'audit', 'presence', 'scans', 'governance']; // each sees only those before it
module.exports = { layers, guardOrder };
