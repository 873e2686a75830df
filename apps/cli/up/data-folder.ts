import { createHash, createHmac, randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tenantIdSchema } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { systemIds } from '@lib/platform/clock';
import { loginRoles } from '@lib/platform/db';
import { z } from 'zod';

const isOldPasswords = (given: unknown): given is { readonly aegis_worker: string } =>
  z.object({ aegis_worker: z.string(), aegis_dispatch: z.undefined() }).safeParse(given).success;
const derivedPassword = (from: string): string => createHmac('sha256', from).update('password of aegis_dispatch').digest('base64url');
// Of one that came later than the folder, made of all the others: no process but this one has them together.
const withShredder = (given: unknown): unknown => {
  const known = z.record(z.string(), z.string()).safeParse(given);
  if (!known.success || known.data['aegis_shredder'] !== undefined) return given;
  const from = JSON.stringify(Object.entries(known.data).toSorted());
  return { ...known.data, aegis_shredder: createHmac('sha256', from).update('password of aegis_shredder').digest('base64url') };
};
const passwordSchema = z.string().regex(/^[\w-]{32,}$/u);
const secretsSchema = z.object({
  v: z.literal(1),
  tenantId: tenantIdSchema,
  // A folder from before aegis_dispatch has no password for it. It is made of the one of the role that the same process logs in as, so that
  // two starts agree on it and nobody else can make it.
  passwords: z.preprocess(
    (given) => withShredder(isOldPasswords(given) ? { ...given, aegis_dispatch: derivedPassword(given.aegis_worker) } : given),
    z.record(z.enum(loginRoles), passwordSchema),
  ),
  cursorKey: z.string().regex(/^[0-9a-f]{64}$/u),
});

/** What one installation keeps for itself: made at the first start, readable by its owner alone. */
export type InstallationSecrets = z.infer<typeof secretsSchema>;

/** The folders below the data folder, and the secrets in it. */
export type DataFolder = {
  readonly root: string;
  readonly objects: string;
  readonly keys: string;
  readonly logs: string;
  /** Sealed trees; where an unprivileged analyzer can reach them. */
  readonly work: string;
  readonly secrets: InstallationSecrets;
};

const openBase = '/var/lib/aegis'; // for root, when no other user may pass the data folder

/**
 * Opens (or makes) a data folder.
 * Errors: Fault `up.data_unusable` when it cannot be written, or holds secrets that are not ours.
 */
export async function openDataFolder(root: string): Promise<DataFolder> {
  try {
    await mkdir(root, { recursive: true, mode: 0o755 });
    const folders = { objects: join(root, 'objects'), keys: join(root, 'keys'), logs: join(root, 'logs'), work: await workFolder(root) };
    for (const folder of [folders.objects, folders.keys, folders.logs]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
    await mkdir(folders.work, { recursive: true, mode: 0o711 });
    await chmod(folders.work, 0o711);
    return { root, ...folders, secrets: await openSecrets(join(root, 'secrets.json')) };
  } catch (error) {
    if (error instanceof Fault) throw error;
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new Fault('up.data_unusable', {
      internal: reason,
      public: `the data folder \`${root}\` cannot be used: ${reason}`,
      cause: error,
    });
  }
}

async function workFolder(root: string): Promise<string> {
  if (process.getuid?.() !== 0 || (await othersMayPass(root))) return join(root, 'work');
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  return join(openBase, name, 'work');
}

async function othersMayPass(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

// Written beside and linked: two first starts agree on one file, and a killed one leaves nothing half-written.
async function openSecrets(file: string): Promise<InstallationSecrets> {
  const made: InstallationSecrets = {
    v: 1,
    tenantId: tenantIdSchema.parse(systemIds.uuid()),
    passwords: newPasswords(),
    cursorKey: randomBytes(32).toString('hex'),
  };
  const draft = `${file}.${String(process.pid)}`;
  await writeFile(draft, JSON.stringify(made), { mode: 0o600 });
  await link(draft, file).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  await rm(draft, { force: true });
  const parsed = secretsSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new Fault('up.data_unusable', { internal: `${file} does not fit`, public: `\`${file}\` is damaged or of another version` });
}

function newPasswords(): InstallationSecrets['passwords'] {
  const password = (): string => randomBytes(32).toString('base64url');
  return {
    aegis_api: password(),
    aegis_worker: password(),
    aegis_identity: password(),
    aegis_staff: password(),
    aegis_audit: password(),
    aegis_queue: password(),
    aegis_dispatch: password(),
    aegis_shredder: password(),
  };
}
