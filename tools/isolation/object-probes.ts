import type { TenantId } from '@lib/contract';
import { sha256Of } from '@lib/platform/objects';
import type { Probe } from './probe.ts';
import type { HttpTarget } from './http-target.ts';

const plain = new TextEncoder().encode('evidence of the other tenant');

/** What lies outside of the database is held by the keys: a sealed object opens for its tenant, its purpose and its place alone. */
export const objectProbes: readonly Probe<HttpTarget>[] = [
  {
    id: 'P50.tenant',
    what: `an object of another tenant does not open with one's own key`,
    attack: (target) => moved(target, (own, acme) => ({ ...own, tenantId: acme })),
  },
  {
    id: 'P50.place',
    what: 'an object that was moved does not open in its new place',
    attack: (target) => moved(target, (own) => ({ ...own, objectId: 'another' })),
  },
  {
    id: 'P50.purpose',
    what: 'an object of one purpose does not open for another',
    attack: (target) => moved(target, (own) => ({ ...own, purpose: 'tree' })),
  },
  {
    id: 'P50.version',
    what: 'an object of one format does not open as another',
    attack: (target) => moved(target, (own) => ({ ...own, version: 2 })),
  },
  { id: 'P50.altered', what: 'an altered object does not open', attack: alteredObject },
  { id: 'P50.key', what: 'the log keys of two tenants are two keys', attack: sharedLogKey },
];

type Context = { readonly tenantId: TenantId; readonly purpose: string; readonly objectId: string; readonly version: number };

async function moved({ api }: HttpTarget, change: (own: Context, acme: TenantId) => Context): Promise<readonly string[]> {
  const own: Context = { tenantId: api.other.id, purpose: 'evidence-pack', objectId: 'one', version: 1 };
  const sealed = await api.keyring.encrypt(own, plain);
  if (!sealed.ok) return [sealed.error.code];
  const control = await api.keyring.decrypt(own, sealed.value);
  const opened = await api.keyring.decrypt(change(own, api.acme.id), sealed.value);
  return [...(control.ok ? [] : ['its owner cannot open it']), ...(opened.ok ? ['it opened'] : [])];
}

async function alteredObject({ api }: HttpTarget): Promise<readonly string[]> {
  const own: Context = { tenantId: api.other.id, purpose: 'evidence-pack', objectId: 'one', version: 1 };
  const sealed = await api.keyring.encrypt(own, plain);
  if (!sealed.ok) return [sealed.error.code];
  const opened = await api.keyring.decrypt(
    own,
    sealed.value.map((byte, index) => (index === sealed.value.length - 1 ? byte ^ 1 : byte)),
  );
  return opened.ok ? ['it opened'] : [];
}

async function sharedLogKey({ api }: HttpTarget): Promise<readonly string[]> {
  const keyOf = async (tenantId: TenantId): Promise<string> => {
    const key = await api.keyring.publicKey({ purpose: 'audit-log', tenantId });
    return key.ok ? sha256Of(key.value.export({ type: 'spki', format: 'der' })) : key.error.code;
  };
  return (await keyOf(api.acme.id)) === (await keyOf(api.other.id)) ? ['one key for both'] : [];
}
