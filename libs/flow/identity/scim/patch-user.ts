import { scimNames, scimUserInputSchema, type ScimPatch, type ScimUserInput } from '@lib/contract';
import { err, ok, type Json, type Result } from '@lib/kernel';
import { z } from 'zod';

/** What cannot be done as it was asked. */
export type PatchInvalid = { readonly code: 'scim.path_invalid' | 'scim.value_invalid' };

type Draft = Record<string, Json | undefined>;
type Operation = ScimPatch['Operations'][number];

/**
 * Applies operations to what is known of a user, in their order. Attributes that are not kept are left: directories send many. Dialects:
 * an object without a path, also with dotted names in it; `active` as a text; an address by its type. Errors: `PatchInvalid`.
 * Source: RFC 7644, section 3.5.2.
 */
export function patchUser(user: ScimUserInput, { Operations }: ScimPatch): Result<ScimUserInput, PatchInvalid> {
  const draft: Draft = { ...user, name: { ...user.name }, emails: (user.emails ?? []).map(({ value }) => ({ value, primary: true })) };
  for (const operation of Operations) {
    const failed = operation.path === undefined ? mergeInto(draft, operation) : setAt(draft, operation.path, valueOf(operation));
    if (failed !== undefined) return err(failed);
  }
  const parsed = scimUserInputSchema.safeParse(draft);
  return parsed.success ? ok(parsed.data) : err({ code: 'scim.value_invalid' });
}

function valueOf({ op, value }: Operation): Json | undefined {
  return op === 'remove' ? null : value;
}

function mergeInto(draft: Draft, { op, value }: Operation): PatchInvalid | undefined {
  if (op === 'remove') return { code: 'scim.path_invalid' }; // it must say what
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { code: 'scim.value_invalid' };
  for (const [path, part] of Object.entries(value)) {
    const failed = setAt(draft, path, part);
    if (failed !== undefined) return failed;
  }
  return undefined;
}

const nameSchema = z.record(z.string(), z.json()).catch({});
const plainNames: ReadonlyMap<string, string> = new Map(
  ['userName', 'externalId', 'displayName', 'active', 'emails'].map((name) => [name.toLowerCase(), name]),
);
const partsOfName: ReadonlyMap<string, string> = new Map(
  ['givenName', 'familyName', 'formatted'].map((name) => [name.toLowerCase(), name]),
);
const emailByType = /^emails(?:\[[\w.]{1,40} eq (?:"[^"\\\]]{1,40}"|true)\])?\.value$/iu;
const wellFormed = /^[A-Za-z$][\w$-]{0,99}(?:\[[^\][]{1,100}\])?(?:\.[A-Za-z$][\w$-]{0,99})?$/u;
const extension = /^urn:[\w:.-]{1,200}$/iu;

function setAt(draft: Draft, given: string, value: Json | undefined): PatchInvalid | undefined {
  const prefix = `${scimNames.user}:`.toLowerCase();
  const path = given.toLowerCase().startsWith(prefix) ? given.slice(prefix.length) : given;
  if (extension.test(path)) return undefined; // of a schema that is not kept
  if (!wellFormed.test(path)) return { code: 'scim.path_invalid' };
  const plain = plainNames.get(path.toLowerCase());
  if (plain !== undefined) draft[plain] = value;
  else if (emailByType.test(path)) draft['emails'] = value === null || value === '' ? [] : [{ value: value ?? null, primary: true }];
  else if (path.toLowerCase() === 'name') draft['name'] = value;
  else setName(draft, path, value);
  return undefined;
}

function setName(draft: Draft, path: string, value: Json | undefined): void {
  const part = partsOfName.get(/^name\.(\w+)$/iu.exec(path)?.[1]?.toLowerCase() ?? '');
  if (part === undefined) return; // not kept
  draft['name'] = { ...nameSchema.parse(draft['name']), [part]: value ?? null };
}
