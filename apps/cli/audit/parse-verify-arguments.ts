import { parseArgs } from 'node:util';
import { err, ok, type Result } from '@lib/kernel';

/** What `audit verify` was asked. `since` and `key` are what the reader has from elsewhere. */
export type VerifyArguments = {
  readonly help: boolean;
  readonly bundle: string;
  readonly key: string | undefined;
  readonly sinceFile: string | undefined;
  readonly json: boolean;
};

export const verifyUsage = `usage: npm run aegis -- audit verify BUNDLE [--key VKEY] [--since CHECKPOINT] [--json]

  BUNDLE            a tar file, or the folder that it was unpacked into; nothing else is read, no network
  --key VKEY        the log's key from elsewhere (name+id+base64); without it the key in the bundle is used
  --since FILE      a checkpoint that you kept: shows that nothing before it was rewritten
  --json            the verdict as JSON

exit codes: 0 everything is as it was signed, 1 something is not, and the sequence number at fault, 2 usage
`;

/** Reads the arguments. Errors: `usage`, with a line for the user. */
export function parseVerifyArguments(
  argv: readonly string[],
): Result<VerifyArguments, { readonly code: 'usage'; readonly detail: string }> {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        key: { type: 'string' },
        since: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const [bundle = '', ...more] = positionals;
    if (!values.help && (bundle === '' || more.length > 0)) return err({ code: 'usage', detail: 'which bundle? one at a time' });
    return ok({ help: values.help, bundle, key: values.key, sinceFile: values.since, json: values.json });
  } catch (error) {
    return err({ code: 'usage', detail: error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'bad arguments' });
  }
}
