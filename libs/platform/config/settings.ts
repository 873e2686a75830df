import { z } from 'zod';
import { isAbsolute } from 'node:path';

const folderSchema = z.string().refine(isAbsolute, 'needs an absolute path');
const postgresUrl = z.url({ protocol: /^postgres(?:ql)?$/u });

/** `folder:/path` on one machine, `s3:bucket` in production (region and credentials as the AWS SDK finds them). */
const objectsSchema = z.union([
  z
    .string()
    .regex(/^folder:\//u)
    .transform((text) => ({ kind: 'folder' as const, folder: text.slice('folder:'.length) })),
  z
    .string()
    .regex(/^s3:[a-z0-9.-]{3,63}$/u)
    .transform((text) => ({ kind: 's3' as const, bucket: text.slice('s3:'.length) })),
]);

/** `keyring:/path` on one machine; `aws-kms:region:key` in production, where `key` is the id or alias of the audit log's Ed25519 key. */
const keysSchema = z.union([
  z
    .string()
    .regex(/^keyring:\//u)
    .transform((text) => ({ kind: 'keyring' as const, folder: text.slice('keyring:'.length) })),
  z
    .string()
    .regex(/^aws-kms:[a-z0-9-]+:[\w:/-]+$/u)
    .transform((text) => {
      const [, region = '', ...key] = text.split(':');
      return { kind: 'aws-kms' as const, region, auditLogKeyId: key.join(':') };
    }),
]);

const queueSchema = z.url({ protocol: /^(?:postgres(?:ql)?|rediss?)$/u }).transform((url) => ({
  kind: url.startsWith('postgres') ? ('postgres' as const) : ('redis' as const),
  url,
}));

const commonSchema = {
  /** `embedded` accepts the bundled Postgres, which is below the patch floor, and says so; `production` refuses to start on it. */
  AEGIS_ENVIRONMENT: z.enum(['embedded', 'production']).default('production'),
  AEGIS_OBJECTS: objectsSchema,
  AEGIS_KEYS: keysSchema,
  /** The database urls lead to a pooler in transaction mode. */
  AEGIS_DATABASE_POOLED: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
  /** Origin of the dashboard as browsers see it, such as `https://app.example`. Absent: the host that a request names, and no links elsewhere. */
  AEGIS_PUBLIC_ORIGIN: z.url().optional(),
  /** GitHub inside our own network, over HTTP too: an emulator, or an Enterprise Server that the internet does not reach. */
  AEGIS_GITHUB_INSIDE: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
  /** Providers of companies (OpenID Connect) inside our own network, over HTTP too: for one that the internet does not reach. */
  AEGIS_PROVIDERS_INSIDE: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
  /** Host under which audit logs are named. It stands in every checkpoint, so it never changes. */
  AEGIS_AUDIT_HOST: z.string().min(1).max(100).default('audit.aegis.local'),
};

const apiSettingsSchema = z.object({
  ...commonSchema,
  AEGIS_API_DATABASE_URL: postgresUrl,
  AEGIS_IDENTITY_DATABASE_URL: postgresUrl,
  AEGIS_HTTP_HOST: z.string().default('127.0.0.1'),
  AEGIS_HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(4180),
  /** Believe `x-forwarded-for` of this many proxies in front of us. */
  AEGIS_TRUSTED_PROXIES: z.coerce.number().int().min(0).max(8).default(0),
  /** Cookies get `Secure`; off only for plain HTTP on loopback. */
  AEGIS_SECURE_COOKIES: z
    .enum(['true', 'false'])
    .default('true')
    .transform((text) => text === 'true'),
  /** Where Apps are registered from a manifest, and its API. */
  AEGIS_GITHUB_WEB_URL: z.url().default('https://github.com'),
  AEGIS_GITHUB_API_URL: z.url().default('https://api.github.com'),
  AEGIS_WEB_DIRECTORY: folderSchema.optional(),
  /** Where uploads wait for the worker, whose work folder it is too: storage that both can reach. Absent: no uploads are taken. */
  AEGIS_WORK_DIRECTORY: folderSchema.optional(),
  /** Folders below which a customer may name a folder to scan, divided by `:`. Empty: folders cannot be scanned. */
  AEGIS_ALLOWED_FOLDERS: z
    .string()
    .default('')
    .transform((text) => text.split(':').filter((folder) => folder !== ''))
    .pipe(z.array(folderSchema)),
  /** Key of the cursors' authentication, 32 bytes in hexadecimal. */
  AEGIS_CURSOR_KEY: z.string().regex(/^[0-9a-f]{64}$/u),
});

const staffSettingsSchema = z.object({
  AEGIS_ENVIRONMENT: commonSchema.AEGIS_ENVIRONMENT,
  AEGIS_DATABASE_POOLED: commonSchema.AEGIS_DATABASE_POOLED,
  /** Role `aegis_staff`: sees a tenant's rows by an active elevation alone. */
  AEGIS_STAFF_DATABASE_URL: postgresUrl,
  AEGIS_IDENTITY_DATABASE_URL: postgresUrl,
  AEGIS_HTTP_HOST: z.string().default('127.0.0.1'),
  AEGIS_STAFF_HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(4181),
  /** Origin of the page of staff as browsers see it: another one than the dashboard's. Absent: the host that a request names. */
  AEGIS_STAFF_ORIGIN: z.url().optional(),
  AEGIS_STAFF_WEB_DIRECTORY: folderSchema.optional(),
  AEGIS_TRUSTED_PROXIES: z.coerce.number().int().min(0).max(8).default(0),
  AEGIS_SECURE_COOKIES: z
    .enum(['true', 'false'])
    .default('true')
    .transform((text) => text === 'true'),
  /** Key of the challenges' authentication, 32 bytes in hexadecimal; of no other use. */
  AEGIS_STAFF_CHALLENGE_KEY: z.string().regex(/^[0-9a-f]{64}$/u),
});

const shredderSettingsSchema = z.object({
  AEGIS_ENVIRONMENT: commonSchema.AEGIS_ENVIRONMENT,
  AEGIS_DATABASE_POOLED: commonSchema.AEGIS_DATABASE_POOLED,
  AEGIS_KEYS: keysSchema,
  /** Role `aegis_shredder`: asks which keys are due, and says which are destroyed. */
  AEGIS_SHREDDER_DATABASE_URL: postgresUrl,
});

/** `family:revision` or its ARN. A family alone would run whatever was registered last. */
const taskDefinitionSchema = z.string().regex(/^(?:arn:aws[\w-]*:ecs:[\w-]+:\d{12}:task-definition\/)?[\w-]{1,255}:[1-9]\d*$/u);
const identifiers = (prefix: string) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(
      z
        .array(z.string().regex(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`, 'u')))
        .min(1)
        .max(16),
    );

/** Where analyses run: `local`, on the worker's own machine, or `fargate`, each in a task of its own on AWS. */
const sandboxSchema = z.discriminatedUnion('AEGIS_SANDBOX', [
  z.object({ AEGIS_SANDBOX: z.literal('local').optional() }),
  z.object({
    AEGIS_SANDBOX: z.literal('fargate'),
    AEGIS_FARGATE_REGION: z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/u),
    AEGIS_FARGATE_CLUSTER: z.string().regex(/^(?:arn:aws[\w-]*:ecs:[\w-]+:\d{12}:cluster\/)?[\w-]{1,255}$/u),
    AEGIS_FARGATE_TASK_DEFINITION: taskDefinitionSchema,
    /** Private ones, divided by `,`. */
    AEGIS_FARGATE_SUBNETS: identifiers('subnet'),
    /** Lets nothing in, and nothing out but the endpoints of the object store, the image registry and the log. */
    AEGIS_FARGATE_SECURITY_GROUPS: identifiers('sg'),
    /** Trees and results pass through it. Unversioned, encrypted, and what is a day old is removed. */
    AEGIS_FARGATE_TRANSFER_BUCKET: z.string().regex(/^[a-z0-9.-]{3,63}$/u),
  }),
]);

/** `folder:/path` writes messages into files on one machine; `smtps:` or `smtp:` with host, port and log-in sends them over TLS. */
const mailSchema = z.union([
  z
    .string()
    .regex(/^folder:\//u)
    .transform((text) => ({ kind: 'folder' as const, folder: text.slice('folder:'.length) })),
  z.url({ protocol: /^smtps?$/u }).transform((url) => ({ kind: 'smtp' as const, url })),
]);

const workerOwnSchema = z.object({
  ...commonSchema,
  AEGIS_WORKER_DATABASE_URL: postgresUrl,
  AEGIS_AUDIT_DATABASE_URL: postgresUrl,
  /** Role `aegis_dispatch`: says whose turn it is, and opens jobs. */
  AEGIS_DISPATCH_DATABASE_URL: postgresUrl,
  AEGIS_QUEUE_URL: queueSchema,
  AEGIS_WORK_DIRECTORY: folderSchema,
  AEGIS_SANDBOX_RUNTIME: folderSchema,
  /** What `aegis advisories` imported, for a local sandbox; looked at before each analysis. Absent, or empty: the release's own. */
  AEGIS_ADVISORIES_DIRECTORY: folderSchema.optional(),
  /** Where messages to members go. Absent: they wait, and it is said why. */
  AEGIS_MAIL: mailSchema.optional(),
  /** Whom they come from. */
  AEGIS_MAIL_FROM: z
    .string()
    .regex(/^[^\r\n@]{0,100}@[\w.-]{1,200}>?$/u)
    .default('Aegis <aegis@localhost>'),
  /** AWS profile of the identity that holds, extends and sweeps evidence. Absent: the worker's own, which then may do that too. */
  AEGIS_OBJECTS_KEEPER_PROFILE: z
    .string()
    .regex(/^[\w.-]{1,100}$/u)
    .optional(),
});
const workerSettingsSchema = workerOwnSchema.and(sandboxSchema);

/** Where keys are. */
export type KeysSetting = z.infer<typeof keysSchema>;

/** Where messages go. */
export type MailSetting = z.infer<typeof mailSchema>;

/** Where objects are. */
export type ObjectsSetting = z.infer<typeof objectsSchema>;

/** Settings of the API process. Names are those of the environment. */
export type ApiSettings = Readonly<z.infer<typeof apiSettingsSchema>>;

/** Settings of the worker process. */
export type WorkerSettings = Readonly<z.infer<typeof workerSettingsSchema>>;

/** Settings of the program of staff. */
export type StaffSettings = Readonly<z.infer<typeof staffSettingsSchema>>;

/** Settings of the program that destroys keys. */
export type ShredderSettings = Readonly<z.infer<typeof shredderSettingsSchema>>;

/** How GitHub is reached. */
export type GithubSettings = Pick<ApiSettings, 'AEGIS_GITHUB_INSIDE'>;

/** Where analyses run, when on Fargate. */
export type FargateSetting = Extract<z.infer<typeof sandboxSchema>, { readonly AEGIS_SANDBOX: 'fargate' }>;

export { apiSettingsSchema, shredderSettingsSchema, staffSettingsSchema, workerSettingsSchema };
