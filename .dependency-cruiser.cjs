// Every rule is made from the one table of rings, eslint-rules/layers.cjs; only what the table cannot say is written here.
const { layers, guardOrder } = require('./eslint-rules/layers.cjs');

const anyRing = Object.values(layers)
  .map(({ path }) => path)
  .join('|');
const testFile = '[.](?:spec|bench|spec-support)[.]tsx?$|/testing/|^sandbox/escape/';
const testTools = '^tools/';
const buildScript = '^sandbox/bundle[.]ts$'; // runs at build time, like tools/build
const npm = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'];
// readers and evaluators of a recursive language, each one folder
const grammar = '^libs/engine/(?:sast/(?:frontend|taint)|iac/terraform)/';
const escapeDots = (name) => name.replaceAll('.', '[.]');
const packagePath = (names) => names.map((name) => `(?:^|node_modules/)${escapeDots(name)}(?:/|$)`).join('|');
const tested = { pathNot: `${testFile}|${buildScript}` };

/** `x-reaches-only`: a ring imports the rings that its row names, and itself. */
const reach = Object.entries(layers).map(([ring, { path, may }]) => ({
  name: `${ring}-reaches-only`,
  severity: 'error',
  comment: `${ring} may import ${may.length === 0 ? 'nothing of ours' : may.join(', ')}`,
  from: { path, ...tested },
  to: { path: anyRing, pathNot: [path, ...may.map((name) => layers[name].path)].join('|') },
}));

/** `x-npm-allow-list`: the packages of its row. */
const packages = Object.entries(layers)
  .filter(([, { npm: allowed }]) => allowed !== '*')
  .map(([ring, { path, npm: allowed }]) => ({
    name: `${ring}-npm-allow-list`,
    severity: 'error',
    comment: `${ring} may use ${allowed.length === 0 ? 'no package' : allowed.join(', ')}`,
    from: { path, ...tested },
    to: { dependencyTypes: npm, ...(allowed.length === 0 ? {} : { pathNot: packagePath(allowed) }) },
  }));

/** `guard-order-x`: a guard sees only those before it. */
const guards = guardOrder.map((name, index) => ({
  name: `guard-order-${name}`,
  severity: 'error',
  comment: `guards see only those before them: ${guardOrder.join(', ')}`,
  from: { path: `^libs/guard/${name}/`, ...tested },
  to: { path: '^libs/guard/', pathNot: [...guardOrder.slice(0, index), name].map((other) => `^libs/guard/${other}/`).join('|') },
}));

module.exports = {
  forbidden: [
    ...reach,
    ...packages,
    ...guards,
    {
      name: 'guard-order-known',
      severity: 'error',
      comment: 'a guard that is not in guardOrder has no place: add it to eslint-rules/layers.cjs',
      from: { path: '^libs/guard/', pathNot: `${guardOrder.map((name) => `^libs/guard/${name}/`).join('|')}|${testFile}` },
      to: { path: '^libs/' },
    },
    {
      name: 'every-file-in-a-ring',
      severity: 'error',
      comment: 'code that belongs to no ring may not use ours: add a ring to eslint-rules/layers.cjs',
      from: { path: '^(?:libs|apps)/', pathNot: `${anyRing}|${testFile}` },
      to: {},
    },
    {
      name: 'flow-not-to-flow',
      severity: 'error',
      comment: 'a flow hands over by a job row, written in the transaction that changes the state',
      from: { path: '^libs/flow/([^/]+)/', ...tested },
      to: { path: '^libs/flow/', pathNot: '^libs/flow/$1/' },
    },
    {
      name: 'engine-not-to-sibling',
      severity: 'error',
      comment: 'only the registry sees its siblings; what analyzers have in common is in the sdk',
      from: { path: '^libs/engine/([^/]+)/', pathNot: `^libs/engine/registry/|${testFile}` },
      to: { path: '^libs/engine/', pathNot: '^libs/engine/(?:$1|sdk)/' },
    },
    {
      name: 'engine-is-pure',
      severity: 'error',
      comment: 'bytes in, values out: of Node only crypto, buffer, path/posix, assert',
      from: { path: '^libs/(?:kernel|contract|engine)/', ...tested },
      to: { dependencyTypes: ['core'], pathNot: '^(?:node:)?(?:crypto|buffer|path/posix|assert(?:/strict)?)$' },
    },
    {
      name: 'enter-by-the-door',
      severity: 'error',
      comment: 'a lib is entered by its index.ts',
      from: { path: '^(libs/(?:kernel|contract|[^/]+/[^/]+))/', ...tested },
      to: { path: '^libs/', pathNot: '^$1/|^libs/(?:kernel|contract|[^/]+/[^/]+)/index[.]ts$|^libs/contract/http/index[.]ts$' },
    },
    {
      name: 'enter-by-the-door-from-outside',
      severity: 'error',
      comment: 'a lib is entered by its index.ts',
      from: { pathNot: `^libs/|${testTools}|${testFile}` },
      to: { path: '^libs/', pathNot: '^libs/(?:kernel|contract|[^/]+/[^/]+)/index[.]ts$|^libs/contract/http/index[.]ts$' },
    },
    {
      name: 'door-not-from-inside',
      severity: 'error',
      comment: 'a lib does not import its own index.ts: that is how circles begin',
      from: { path: '^(libs/(?:kernel|contract|[^/]+/[^/]+))/', ...tested },
      to: { path: '^$1/index[.]ts$' },
    },
    {
      name: 'sql-only-from-stores',
      severity: 'error',
      comment: 'statements are written in .store.ts; everybody else may name the Database type and open it',
      from: {
        path: '^(?:libs|apps)/',
        pathNot: `[.]store[.]ts$|^libs/platform/db/|^libs/guard/tenancy/|[.]module[.]ts$|^apps/[^/]+/|${testFile}`,
      },
      to: { path: '^libs/platform/db/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'stores-stay-in-their-slice',
      severity: 'error',
      comment: 'a store is used by its own slice; others go through the door',
      from: { path: '^(libs/[^/]+/[^/]+|apps/[^/]+)/', ...tested },
      to: { path: '[.]store[.]ts$', pathNot: '^$1/' },
    },
    {
      name: 'nest-only-at-the-rim',
      severity: 'error',
      comment: 'Nest appears in .module .controller .job .guard .filter, in composition roots and in platform/http',
      from: { path: '^libs/', pathNot: `[.](?:module|controller|job|guard|filter)[.]ts$|^libs/platform/http/|${testFile}` },
      to: { path: packagePath(['@nestjs']) },
    },
    {
      name: 'nobody-imports-vuln-saas',
      severity: 'error',
      comment: 'it is broken on purpose',
      from: { pathNot: '^vuln-saas/' },
      to: { path: '^vuln-saas/' },
    },
    {
      name: 'not-to-spec',
      severity: 'error',
      comment: "a test is nobody's dependency",
      from: { pathNot: `${testTools}|${testFile}` },
      to: { path: testFile },
    },
    {
      name: 'not-to-tools',
      severity: 'error',
      comment: 'what runs does not need the tools that check it',
      from: { path: '^(?:libs|apps|sandbox)/', ...tested },
      to: { path: testTools },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'the only circles are those of a grammar: statements hold expressions that hold functions that hold statements',
      from: { pathNot: grammar },
      to: { circular: true },
    },
    {
      name: 'no-cycles-out-of-a-grammar',
      severity: 'error',
      comment: 'a grammar is recursive in its own folder',
      from: { path: '^libs/engine/(sast/frontend|sast/taint|iac/terraform)/' },
      to: { circular: true, via: { pathNot: '^libs/engine/$1/' } },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'nobody imports it and it is no entry',
      from: { orphan: true, pathNot: `${testFile}|[.]d[.]ts$|(?:^|/)(?:main|index)[.]tsx?$|^tools/|[.]config[.]ts$|^sandbox/` },
      to: {},
    },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    // anchored: most packages keep their code in a dist folder, and an excluded module is an import that no rule sees
    exclude: { path: '^(?:libs|apps|db|sandbox|tools)/.*/fixtures/|^dist' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
};
