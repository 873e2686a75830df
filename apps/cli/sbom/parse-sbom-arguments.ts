import { parseArgs } from 'node:util';
import { limits } from '@lib/contract';
import { err, ok, SECOND_MS, type Result } from '@lib/kernel';
import { sourceComplaint, wallComplaint } from '../scan/source-arguments.ts';

const formats = ['cyclonedx', 'spdx'] as const;

/** What `aegis sbom` was asked to do. Units: ms. */
export type SbomArguments = {
  readonly help: boolean;
  /** A folder or an archive. */
  readonly source: string;
  readonly format: (typeof formats)[number];
  readonly output: string | undefined;
  readonly name: string | undefined;
  readonly wallMs: number;
  /** SPDX ids and families that are not wanted. */
  readonly deniedLicenses: readonly string[];
};

export const sbomUsage = `usage: npm run aegis -- sbom SOURCE [--format cyclonedx|spdx] [--output FILE] [--name NAME] [--wall SECONDS]
                               [--deny-license ID]...

Writes what lock files and manifests resolve as a bill of materials: CycloneDX 1.6 (default) or SPDX 2.3, in JSON.

  SOURCE           a folder, a checkout, or an archive; nothing in it is run and it is not changed
  --format FORMAT  cyclonedx or spdx
  --output FILE    write there instead of to the terminal; replaced only when complete
  --name NAME      what the packages are part of (default: the name of SOURCE)
  --wall SECONDS   hard cap of the reading (default: ${String(limits.scanWallMsDefault / SECOND_MS)})

  --deny-license ID  an SPDX id, copyleft or unknown: packages that cannot be had without it are listed, and the exit code is 1; may be repeated

exit codes: 0 written, 1 written and a denied licence is in it, 2 usage or output, 3 written and not everything could be read, or nothing written, 78 the sandbox cannot stand here
`;

type Usage = { readonly code: 'usage'; readonly detail: string };

/** Reads the arguments of `sbom`. Errors: `usage`, with a line for the user. */
export function parseSbomArguments(argv: readonly string[]): Result<SbomArguments, Usage> {
  const usage = (detail: string) => err({ code: 'usage' as const, detail });
  const parsed = parse(argv);
  if (!parsed.ok) return parsed;
  const { values, positionals } = parsed.value;
  const [source = ''] = positionals;
  const misplaced = values.help ? undefined : sourceComplaint(positionals);
  if (misplaced !== undefined) return usage(misplaced);
  const format = formats.find((name) => name === values.format);
  if (format === undefined) return usage(`--format is cyclonedx or spdx, not \`${values.format}\``);
  const wrong = values['deny-license'].find((id) => !/^[\w.+-]{1,100}$/u.test(id));
  if (wrong !== undefined) return usage(`--deny-license is an SPDX id, copyleft or unknown, not \`${wrong}\``);
  const wall = wallComplaint(values.wall);
  if (wall !== undefined) return usage(wall);
  const { help, output, name, 'deny-license': deniedLicenses } = values;
  return ok({ help, source, format, output, name, deniedLicenses, wallMs: Number(values.wall) * SECOND_MS });
}

function parse(argv: readonly string[]) {
  try {
    return ok(
      parseArgs({
        args: [...argv],
        allowPositionals: true,
        options: {
          help: { type: 'boolean', short: 'h', default: false },
          format: { type: 'string', default: 'cyclonedx' },
          output: { type: 'string' },
          name: { type: 'string' },
          'deny-license': { type: 'string', multiple: true, default: [] },
          wall: { type: 'string', default: String(limits.scanWallMsDefault / SECOND_MS) },
        },
      }),
    );
  } catch (error) {
    return err({ code: 'usage' as const, detail: error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'bad arguments' });
  }
}
