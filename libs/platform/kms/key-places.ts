import { join } from 'node:path';
import { type TenantId, forgeAppIdSchema, tenantIdSchema } from '@lib/contract';
import type { SigningKey, TenantKey } from './kms.ts';
import type { KeyPlace } from './wrapped-key-store.ts';

/** Where the keys of a keyring lie in its folder, and what each is for. */
export type KeyPlaces = {
  /** The public half: to seal. */
  readonly sealing: (tenantId: TenantId, key: TenantKey) => KeyPlace;
  /** The private half: to open. */
  readonly opening: (tenantId: TenantId, key: TenantKey) => KeyPlace;
  readonly signing: (key: SigningKey) => KeyPlace;
  /** Over digests of secrets. */
  readonly secrets: (tenantId: TenantId) => KeyPlace;
};

/** Names them. Ids become parts of paths, so they are parsed here, whoever asks. */
export function keyPlacesIn(folder: string): KeyPlaces {
  const ofTenant = (tenantId: TenantId, use: 'seal' | 'seal-records' | 'log' | 'secrets' | `forge-${string}`): KeyPlace => {
    const id = tenantIdSchema.parse(tenantId);
    return { path: join(folder, 'tenants', `${id}.${use}.json`), boundTo: `tenant/${id}/${use}` };
  };
  return {
    sealing: (tenantId, key) => ofTenant(tenantId, key === 'evidence' ? 'seal' : 'seal-records'),
    secrets: (tenantId) => ofTenant(tenantId, 'secrets'),
    opening: (tenantId, key) => {
      const id = tenantIdSchema.parse(tenantId);
      const [name, use] = key === 'evidence' ? [id, 'opening'] : [`${id}.records`, 'opening-records'];
      return { path: join(folder, 'opening', 'tenants', `${name}.json`), boundTo: `tenant/${id}/${use}` };
    },
    signing: (key) => {
      if (key.purpose === 'audit-log') return ofTenant(key.tenantId, 'log');
      if (key.purpose === 'forge') return ofTenant(key.tenantId, `forge-${forgeAppIdSchema.parse(key.appId)}`);
      return { path: join(folder, 'service', `${key.purpose}.json`), boundTo: `service/${key.purpose}` };
    },
  };
}
