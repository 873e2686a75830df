/** One step of `npm test`. `cores` says how much of the machine it takes; two that take one each run side by side. */
export type Step = {
  readonly name: string;
  readonly cores: 1 | 2;
  /** Programs of node_modules/.bin with their arguments, run in turn. */
  readonly commands: readonly (readonly string[])[];
  /** What is not there does not need checking: the step is left out while none of these paths exists. */
  readonly only?: readonly string[];
};

const slow = ['**/*.db.spec.ts', '**/*.e2e.spec.ts', 'sandbox/**', 'tools/tidy/**', 'tools/check/**'];

/** In the order in which a mistake is cheapest to hear about; lint goes first because it takes as long as all those beside it. */
export const steps: readonly Step[] = [
  { name: 'lint', cores: 1, commands: [['eslint', '--max-warnings=0', '.']] },
  { name: 'format', cores: 1, commands: [['prettier', '--check', '--log-level=warn', '.']] },
  { name: 'types', cores: 1, commands: [['tsc', '--noEmit', '-p', '.']] },
  { name: 'types-web', cores: 1, commands: [['tsc', '--noEmit', '-p', 'apps/web']], only: ['apps/web/tsconfig.json'] },
  {
    name: 'layers',
    cores: 1,
    commands: [
      ['depcruise', 'libs', 'apps', 'db', 'sandbox', 'tools'],
      ['vitest', 'run', 'tools/check'],
    ],
  },
  { name: 'tidy', cores: 1, commands: [['vitest', 'run', 'tools/tidy']] },
  { name: 'unused', cores: 1, commands: [['knip', '--no-progress']] },
  { name: 'unit', cores: 2, commands: [['vitest', 'run', ...slow.map((glob) => `--exclude=${glob}`)]] },
  { name: 'db', cores: 2, commands: [['vitest', 'run', '.db.spec']] },
  { name: 'e2e', cores: 2, commands: [['vitest', 'run', '.e2e.spec']] },
  { name: 'sandbox', cores: 2, commands: [['vitest', 'run', 'sandbox/', '--exclude=libs/**']] },
  { name: 'score', cores: 2, commands: [['node', 'dist/score.js']], only: ['tools/score-vuln-saas.ts'] },
];
