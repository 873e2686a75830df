import type { GithubSettings } from '@lib/platform/config';
import { systemClock } from '@lib/platform/clock';
import type { Signer } from '@lib/platform/kms';
import { publicReach, type Reach } from '@lib/platform/outbound';
import type { Log } from '@lib/platform/telemetry';
import type { Forge } from './forge.ts';
import { openForge } from './open-forge.ts';

/** Opens GitHub as the settings say. One that is inside our own network is not paced: its limits are its owner's. */
export function openGithub(settings: GithubSettings, deps: { readonly signer: Signer; readonly log: Log }): Forge {
  return openForge({ ...deps, clock: systemClock, reach: githubReach(settings), paced: !settings.AEGIS_GITHUB_INSIDE });
}

/** Which addresses a forge may have: those of the internet, over TLS; where the operator says so, those of our own network too. */
export function githubReach(settings: GithubSettings): Reach {
  return settings.AEGIS_GITHUB_INSIDE ? { ...publicReach, mayReach: () => true, protocols: ['https:', 'http:'] } : publicReach;
}
