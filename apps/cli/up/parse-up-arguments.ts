import { parseArgs } from 'node:util';
import { err, ok, type Result } from '@lib/kernel';

/** What `npm start` was asked to do. */
export type UpArguments = {
  readonly once: boolean;
  readonly help: boolean;
  readonly repository: string | undefined;
  readonly jsonFile: string | undefined;
  readonly dataDirectory: string | undefined;
  readonly port: number | undefined;
};

export const upUsage = `usage: npm start -- [--once] [--repo SOURCE] [--json FILE] [--data DIR] [--port N]

  --once       end after the scan: 0 when the scan is complete and evidence and audit log verified
  --repo SOURCE  scan this instead of vuln-saas/: a folder, a checkout, an archive (tar, tar.gz, tar.zst, zip) or a
                 public git repository (https://...)
  --json FILE  write the summary as JSON
  --data DIR   keep data here (default: .aegis in the checkout)
  --port N     port of the dashboard and the API (default: 4180, or a free one when that is taken)
`;

/** Reads the arguments of `up`. Errors: `usage`, with a line for the user. */
export function parseUpArguments(argv: readonly string[]): Result<UpArguments, { readonly code: 'usage'; readonly detail: string }> {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        once: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        repo: { type: 'string' },
        json: { type: 'string' },
        data: { type: 'string' },
        port: { type: 'string' },
      },
    });
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
      return err({ code: 'usage', detail: `--port needs a number from 1 to 65535, not \`${values.port ?? ''}\`` });
    }
    return ok({
      once: values.once,
      help: values.help,
      repository: values.repo,
      jsonFile: values.json,
      dataDirectory: values.data,
      port,
    });
  } catch (error) {
    return err({ code: 'usage', detail: error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : 'bad arguments' });
  }
}
