import { z } from 'zod';
import { Fault } from '@lib/kernel';
import { withAdmin } from './admin-session.ts';

/** The oldest minor release of each major that holds what tenancy relies on. Source: PostgreSQL releases of 12 November 2026. */
const floorByMajor: ReadonlyMap<number, number> = new Map([
  [15, 20],
  [16, 16],
  [17, 12],
  [18, 7],
]);
const newestKnownMajor = 18;

const versionSchema = z.object({ number: z.int(), text: z.string() });

/** `note` is a sentence for the banner and for `doctor` when the server is below the floor. */
export type ServerCheck = { readonly version: string; readonly note: string | undefined };

/**
 * Asks the server at `url` (any role may) and compares it with the version floor, each major with its own. With `mayBeOld: false` (production) an old one is refused;
 * the embedded server may be old, because what the newer releases close is closed here by construction (see db/README.md).
 * Errors: `db.server_too_old`, and `StatementFault`.
 */
export async function checkServer(options: { readonly url: string; readonly mayBeOld: boolean }): Promise<ServerCheck> {
  const rows = await withAdmin({ adminUrl: options.url }, (admin) =>
    admin.rows(
      'server version',
      `select current_setting('server_version_num')::integer as number, current_setting('server_version') as text`,
    ),
  );
  const { number, text } = versionSchema.parse(rows[0]);
  const missing = belowFloor(number);
  if (missing === undefined) return { version: text, note: undefined };
  if (!options.mayBeOld) throw new Fault('db.server_too_old', { internal: `PostgreSQL ${text}; ${missing} is required` });
  return { version: text, note: `PostgreSQL ${text} is below the security floor (${missing}); production refuses to start on it` };
}

/** The release that is required instead of `versionNumber` (as in `server_version_num`), or undefined when it is new enough. */
export function belowFloor(versionNumber: number): string | undefined {
  const major = Math.floor(versionNumber / 10_000);
  const minor = versionNumber % 10_000;
  if (major > newestKnownMajor) return undefined;
  const floor = floorByMajor.get(major);
  if (floor === undefined) return 'a supported major release, 15 or later';
  return minor < floor ? `${String(major)}.${String(floor)}` : undefined;
}
