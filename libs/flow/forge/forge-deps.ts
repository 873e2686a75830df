import type { Clock, Ids } from '@lib/kernel';
import type { Identity, Tenancy } from '@lib/guard/tenancy';
import type { Forge } from '@lib/platform/forge';
import type { ForgeKeys, Opener, Sealer } from '@lib/platform/kms';

/** Where GitHub is, and where it finds us. `publicOrigin` absent: nobody outside can reach us, so no App is registered from a manifest. */
export type ForgePlace = { readonly webUrl: string; readonly apiUrl: string; readonly publicOrigin: string | undefined };

/** What the endpoints of this slice use. */
export type ForgeDeps = {
  readonly tenancy: Tenancy;
  readonly findForgeHook: Identity['findForgeHook'];
  readonly kms: Opener & Pick<Sealer, 'encrypt'> & ForgeKeys;
  readonly forge: Forge;
  readonly place: ForgePlace;
  readonly clock: Clock;
  readonly ids: Ids;
};

/** Injection token of `ForgeDeps`. */
export const FORGE = Symbol('forge');
