import tseslint from 'typescript-eslint';
import { aegisPlugin } from './eslint-rules/index.mjs';

const pure = ['libs/kernel/**/*.ts', 'libs/contract/**/*.ts', 'libs/engine/**/*.ts'];
const tests = ['**/*.spec.ts', '**/*.spec.tsx', '**/*.bench.ts', '**/*.spec-support.ts', '**/testing/**/*.ts', 'sandbox/escape/**/*.ts'];

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      '**/dist*/**',
      '.aegis/**',
      'coverage/**',
      '**/fixtures/**',
      'vuln-saas/*/**',
      'eslint-rules/fixture/**',
    ],
  },
  // A rule that is wrong for a file is changed here, where everybody sees it; comments cannot switch one off.
  { linterOptions: { noInlineConfig: true } },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { aegis: aegisPlugin },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipComments: true, skipBlankLines: true }],
      'max-params': ['error', 3],
      complexity: ['error', 12],
      // marked only so that it stands out: for providers inside, where the operator says so
      '@typescript-eslint/no-deprecated': [
        'error',
        { allow: [{ from: 'package', package: 'openid-client', name: 'allowInsecureRequests' }] },
      ],
      eqeqeq: 'error',
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'read configuration, not process.env' }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // there are no enums here, and looking for them took nine tenths of the time
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/strict-boolean-expressions': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['{apps,libs,sandbox,tools,db,infra,vuln-saas}/**/*.{ts,tsx}'],
    rules: Object.fromEntries(Object.keys(aegisPlugin.rules).map((name) => [`aegis/${name}`, 'error'])),
  },
  {
    files: pure,
    ignores: tests,
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'fetch', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'console', 'performance', 'crypto'].map(
          (name) => ({
            name,
            message: 'kernel, contract and engine are pure: take it as an argument',
          }),
        ),
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: 'time is an input' },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'time is an input' },
        { selector: "CallExpression[callee.name='Date']", message: 'time is an input' },
        {
          selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
          message: 'a result is a function of its inputs',
        },
        { selector: 'ThrowStatement', message: 'return a Result, or state an invariant with assert' },
      ],
    },
  },
  // The two places where a failure is made: what cannot happen, and nothing else.
  { files: ['libs/kernel/assert.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['libs/platform/config/**/*.ts', 'tools/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: tests,
    rules: {
      'max-lines-per-function': 'off',
      'no-restricted-properties': 'off',
      '@typescript-eslint/consistent-type-assertions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['{libs,apps,sandbox,db,tools}/**/*.ts'],
    ignores: ['tools/testing/seeded-fast-check.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { name: 'fast-check', message: 'take it from tools/testing/seeded-fast-check.ts, so that what fails fails again' },
      ],
    },
  },
  {
    files: ['apps/web/**/*.tsx', 'apps/web/**/*.ts'],
    ignores: tests,
    rules: {
      // a component is markup: its length is read top to bottom, and handlers may be async
      'max-lines-per-function': ['error', { max: 150, skipComments: true, skipBlankLines: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
    },
  },
  // the router is told of its routes by merging with an interface of its own
  { files: ['apps/web/router.tsx'], rules: { '@typescript-eslint/consistent-type-definitions': 'off' } },
  // Nest 12 declares its options as classes and takes plain objects
  {
    files: ['libs/platform/http/open-server.ts', 'apps/worker/main.ts'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  { files: ['**/*.mjs', '**/*.cjs', '**/*.js'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
