import type { ApiSettings } from '@lib/platform/config';
import { publicReach, type Reach } from '@lib/platform/outbound';

/** Which addresses a company's provider may have: those of the internet, over TLS; where the operator says so, those of our own network too. */
export function providerReach(settings: Pick<ApiSettings, 'AEGIS_PROVIDERS_INSIDE'>): Reach {
  return settings.AEGIS_PROVIDERS_INSIDE ? { ...publicReach, mayReach: () => true, protocols: ['https:', 'http:'] } : publicReach;
}
