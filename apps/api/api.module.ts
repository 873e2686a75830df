import { limits } from '@lib/contract';
import { accessModule } from '@lib/flow/access';
import { closingModule } from '@lib/flow/closing';
import { connectModule } from '@lib/flow/connect';
import { evidenceModule } from '@lib/flow/evidence';
import { exportModule } from '@lib/flow/export';
import { forgeModule } from '@lib/flow/forge';
import { identityModule } from '@lib/flow/identity';
import { isolationModule } from '@lib/flow/isolation';
import { mailModule } from '@lib/flow/mail';
import { reviewModule } from '@lib/flow/review';
import { scanModule, streamCounter } from '@lib/flow/scan';
import { healthModule } from '@lib/platform/http';
import { Module, type DynamicModule } from '@nestjs/common';
import type { ApiParts } from './api-parts.ts';
import { version } from './version.ts';

@Module({})
class ApiModule {}

/** The API: the slices that have endpoints, each with what it uses and nothing more. */
export function apiModule(parts: ApiParts): DynamicModule {
  return {
    module: ApiModule,
    imports: [
      identityModule(parts),
      connectModule(parts),
      forgeModule({ ...parts, findForgeHook: parts.identity.findForgeHook, place: parts.forgePlace }),
      scanModule({ ...parts, streams: streamCounter(limits.eventStreamsPerTenantMax) }),
      reviewModule(parts),
      evidenceModule(parts),
      exportModule(parts),
      accessModule(parts),
      closingModule(parts),
      isolationModule({ ...parts, version }),
      mailModule(parts),
      healthModule({ check: parts.checkReady }),
    ],
  };
}
