import { parseArgs } from 'node:util';
import { analyzerNames, limits, type AnalyzerName, type Severity } from '@lib/contract';
import { err, ok, SECOND_MS, type Result } from '@lib/kernel';
import { sourceComplaint, wallComplaint } from './source-arguments.ts';

const formats = ['text', 'json', 'sarif'] as const;
const thresholds = ['critical', 'high', 'medium', 'low'] as const;

/** What `aegis scan` was asked to do. Units: ms. */
export type ScanArguments = {
  readonly help: boolean;
  /** A folder or an archive. */
  readonly source: string;
  readonly format: (typeof formats)[number];
  readonly output: string | undefined;
  readonly failOn: Severity;
  readonly analyzers: readonly AnalyzerName[] | undefined;
  readonly wallMs: number;
  /** Findings that a comment asks to ignore do not count for the exit code. */
  readonly acceptIgnores: boolean;
};

export const scanUsage = `usage: aegis scan SOURCE [--format text|json|sarif] [--output FILE] [--fail-on critical|high|medium|low]
                      [--analyzers ${analyzerNames.join(',')}] [--wall SECONDS] [--accept-ignores]

  SOURCE           a folder, a checkout, or an archive (tar, tar.gz, tar.zst, zip); nothing in it is run and it is not changed
  --format FORMAT  text (default), json or sarif (2.1.0)
  --output FILE    write there instead of to the terminal; replaced only when complete
  --fail-on LEVEL  the least severity that makes the exit code 1 (default: low)
  --analyzers A,B  only these
  --accept-ignores what comments ask to ignore (aegis:ignore RULE until=YYYY-MM-DD reason="...") does not count for the exit code
  --wall SECONDS   hard cap of the analysis (default: ${String(limits.scanWallMsDefault / SECOND_MS)})

exit codes: 0 nothing at or above the threshold, 1 findings, 2 usage or output, 3 not everything was covered, 78 the sandbox cannot stand here
`;

/** Reads the arguments of `scan`. Errors: `usage`, with a line for the user. */
export function parseScanArguments(argv: readonly string[]): Result<ScanArguments, { readonly code: 'usage'; readonly detail: string }> {
  const usage = (detail: string) => err({ code: 'usage' as const, detail });
  const parsed = parse(argv);
  if (!parsed.ok) return parsed;
  const { values, positionals } = parsed.value;
  const [source = ''] = positionals;
  const misplaced = values.help ? undefined : sourceComplaint(positionals);
  if (misplaced !== undefined) return usage(misplaced);
  const format = formats.find((name) => name === values.format);
  if (format === undefined) return usage(`--format is text, json or sarif, not \`${values.format}\``);
  const failOn = thresholds.find((name) => name === values['fail-on']);
  if (failOn === undefined) return usage(`--fail-on is critical, high, medium or low, not \`${values['fail-on']}\``);
  const analyzers = analyzersOf(values.analyzers);
  if (!analyzers.ok) return usage(`there is no analyzer \`${analyzers.error}\`; there are ${analyzerNames.join(', ')}`);
  const wall = wallComplaint(values.wall);
  if (wall !== undefined) return usage(wall);
  return ok({
    help: values.help,
    source,
    format,
    output: values.output,
    failOn,
    analyzers: analyzers.value,
    wallMs: Number(values.wall) * SECOND_MS,
    acceptIgnores: values['accept-ignores'],
  });
}

function parse(argv: readonly string[]) {
  try {
    return ok(
      parseArgs({
        args: [...argv],
        allowPositionals: true,
        options: {
          help: { type: 'boolean', short: 'h', default: false },
          format: { type: 'string', default: 'text' },
          output: { type: 'string' },
          'fail-on': { type: 'string', default: 'low' },
          analyzers: { type: 'string' },
          'accept-ignores': { type: 'boolean', default: false },
          wall: { type: 'string', default: String(limits.scanWallMsDefault / SECOND_MS) },
        },
      }),
    );
  } catch (error) {
    return err({ code: 'usage' as const, detail: error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'bad arguments' });
  }
}

function analyzersOf(list: string | undefined): Result<readonly AnalyzerName[] | undefined, string> {
  if (list === undefined) return ok(undefined);
  const names: AnalyzerName[] = [];
  for (const word of list.split(',').map((part) => part.trim())) {
    const name = analyzerNames.find((known) => known === word);
    if (name === undefined) return err(word);
    if (!names.includes(name)) names.push(name);
  }
  return ok(names);
}
