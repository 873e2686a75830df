import { execFileSync } from 'node:child_process';
import { ESLint } from 'eslint';
import type { Probe } from './probe.ts';

/** What the linter is told beside the project's own configuration: nothing, or an exception that somebody might make. */
export type LintTarget = { readonly exceptions: readonly { readonly files: string[]; readonly rules: Record<string, 'off' | 'warn'> }[] };

const guards = ['aegis/no-foreign-database', 'aegis/tenant-tx-first', 'aegis/no-raw-sql-concat', 'aegis/no-foreign-writes'];

/** The rules that leave one door to the database hold for every file of the product, and no comment may switch them off. */
export const lintProbes: readonly Probe<LintTarget>[] = [
  { id: 'L01', what: 'no file of the product is excepted from the rules that guard the door to the database', attack: findExceptions },
];

/** An exception for one slice, one file, or a warning instead of an error; each by its own words. */
export const lintMutants: readonly { readonly change: string; readonly target: LintTarget }[] = [
  {
    change: 'a slice is excepted',
    target: { exceptions: [{ files: ['libs/flow/findings/**'], rules: { 'aegis/no-foreign-database': 'off' } }] },
  },
  {
    change: 'one file is excepted',
    target: { exceptions: [{ files: ['libs/flow/scan/scan.store.ts'], rules: { 'aegis/tenant-tx-first': 'off' } }] },
  },
  { change: 'a rule only warns', target: { exceptions: [{ files: ['apps/**'], rules: { 'aegis/no-raw-sql-concat': 'warn' } }] } },
];

async function findExceptions({ exceptions }: LintTarget): Promise<readonly string[]> {
  const eslint = new ESLint({ overrideConfig: exceptions.map(({ files, rules }) => ({ files: [...files], rules })) });
  const listed = execFileSync('git', ['ls-files', 'libs/*.ts', 'apps/*.ts', 'apps/*.tsx', 'sandbox/*.ts'], { encoding: 'utf8' }).split(
    '\n',
  );
  const found: string[] = [];
  for (const file of listed.filter((name) => name !== '' && !/\/fixtures?\//u.test(name))) {
    const config: unknown = await eslint.calculateConfigForFile(file);
    const { rules, linterOptions } = readConfig(config);
    found.push(...guards.filter((rule) => rules[rule] !== 2).map((rule) => `${file}: ${rule}`));
    if (!linterOptions) found.push(`${file}: comments may switch rules off`);
  }
  return found;
}

function readConfig(config: unknown): { readonly rules: Readonly<Record<string, unknown>>; readonly linterOptions: boolean } {
  if (typeof config !== 'object' || config === null || !('rules' in config) || typeof config.rules !== 'object')
    return { rules: {}, linterOptions: false };
  const severities = Object.entries(config.rules ?? {}).map(([name, setting]): [string, unknown] => [
    name,
    Array.isArray(setting) ? setting[0] : setting,
  ]);
  const options: unknown = 'linterOptions' in config ? config.linterOptions : undefined;
  const strict = typeof options === 'object' && options !== null && 'noInlineConfig' in options && options.noInlineConfig === true;
  return { rules: Object.fromEntries(severities), linterOptions: strict };
}
