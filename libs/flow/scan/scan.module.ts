import { Module, type DynamicModule } from '@nestjs/common';
import { CancelScanController } from './cancel-scan/cancel-scan.controller.ts';
import { CreateScanController } from './create-scan/create-scan.controller.ts';
import { GetScanController } from './get-scan/get-scan.controller.ts';
import { ImportResultsController } from './import-results/import-results.controller.ts';
import { ListJobsController } from './list-jobs/list-jobs.controller.ts';
import { ListScansController } from './list-scans/list-scans.controller.ts';
import { SCAN, type ScanDeps } from './scan-deps.ts';
import { StreamScanController } from './stream-scan/stream-scan.controller.ts';

@Module({})
class ScanModule {}

/** The endpoints of this slice over their dependencies. */
export function scanModule(deps: ScanDeps): DynamicModule {
  return {
    module: ScanModule,
    controllers: [
      ListScansController,
      CreateScanController,
      ImportResultsController,
      GetScanController,
      CancelScanController,
      StreamScanController,
      ListJobsController,
    ],
    providers: [{ provide: SCAN, useValue: deps }],
  };
}
