import { Fault } from '@lib/kernel';

/**
 * Turns what the backend threw into a fault an operator can act on.
 * `permanent`: waiting will not cure it (`queue.not_migrated`, `queue.too_new`, `queue.forbidden`, `queue.login_refused`,
 * `queue.absent`, `queue.server_too_old`); everything else (`queue.unavailable`) is worth another try.
 */
export function classifyQueueError(error: unknown): { readonly fault: Fault; readonly permanent: boolean } {
  if (error instanceof Fault) return { fault: error, permanent: permanentCodes.has(error.code) };
  const { name, code, text } = factsOf(error);
  const found = codeByName.get(name) ?? codeBySqlState.get(code) ?? codeByRedisReply.get(/^([A-Z]+)\b/u.exec(text)?.[1] ?? '');
  const fault = new Fault(found ?? 'queue.unavailable', { internal: `${code === '' ? name : code}, ${text}`, cause: error });
  return { fault, permanent: found !== undefined };
}

const codeByName: ReadonlyMap<string, string> = new Map([
  ['SchemaMigrationRequiredError', 'queue.not_migrated'],
  ['SchemaVersionMismatchError', 'queue.too_new'],
  ['UnsupportedPostgresVersionError', 'queue.server_too_old'],
]);

const codeBySqlState: ReadonlyMap<string, string> = new Map([
  ['42501', 'queue.forbidden'],
  ['28000', 'queue.login_refused'],
  ['28P01', 'queue.login_refused'],
  ['3D000', 'queue.absent'],
  ['3F000', 'queue.not_migrated'],
  ['42P01', 'queue.not_migrated'],
  ['42883', 'queue.not_migrated'],
]);

const codeByRedisReply: ReadonlyMap<string, string> = new Map([
  ['NOPERM', 'queue.forbidden'],
  ['WRONGPASS', 'queue.login_refused'],
  ['NOAUTH', 'queue.login_refused'],
]);

const permanentCodes: ReadonlySet<string> = new Set([
  ...codeByName.values(),
  ...codeBySqlState.values(),
  ...codeByRedisReply.values(),
  'queue.evicts',
]);

function factsOf(error: unknown): { name: string; code: string; text: string } {
  if (!(error instanceof Error)) return { name: typeof error, code: '', text: 'not an error object' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return { name: error.name, code, text: error.message };
}
