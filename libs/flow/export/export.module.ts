import { Module, type DynamicModule } from '@nestjs/common';
import { EXPORT, type ExportDeps } from './export-deps.ts';
import { GetAuditHeadController } from './get-audit-head/get-audit-head.controller.ts';
import { ListAuditEntriesController } from './list-audit-entries/list-audit-entries.controller.ts';
import { CreateAuditExportController } from './create-audit-export/create-audit-export.controller.ts';
import { DownloadAuditExportController } from './download-audit-export/download-audit-export.controller.ts';
import { GetAuditExportController } from './get-audit-export/get-audit-export.controller.ts';
import { ReadAuditLogController } from './read-audit-log/read-audit-log.controller.ts';
import { ProveEventController } from './prove-event/prove-event.controller.ts';
import { ProveLogController } from './prove-log/prove-log.controller.ts';
import { ErasePersonalController } from './erase-personal/erase-personal.controller.ts';
import { GetWitnessingController } from './get-witnessing/get-witnessing.controller.ts';
import { AddSinkController } from './add-sink/add-sink.controller.ts';
import { ListSinksController } from './list-sinks/list-sinks.controller.ts';
import { RemoveSinkController } from './remove-sink/remove-sink.controller.ts';
import { AddWitnessController } from './add-witness/add-witness.controller.ts';
import { RemoveWitnessController } from './remove-witness/remove-witness.controller.ts';
import { RequireWitnessesController } from './require-witnesses/require-witnesses.controller.ts';
import { RestoreSinkController } from './restore-sink/restore-sink.controller.ts';
import { VerifyAuditController } from './verify-audit/verify-audit.controller.ts';

@Module({})
class ExportModule {}

/** The endpoints of this slice over their dependencies. */
export function exportModule(deps: ExportDeps): DynamicModule {
  return {
    module: ExportModule,
    controllers: [
      ListAuditEntriesController,
      GetAuditHeadController,
      VerifyAuditController,
      ReadAuditLogController,
      CreateAuditExportController,
      GetAuditExportController,
      DownloadAuditExportController,
      ProveEventController,
      ProveLogController,
      ErasePersonalController,
      GetWitnessingController,
      AddWitnessController,
      RemoveWitnessController,
      RequireWitnessesController,
      ListSinksController,
      AddSinkController,
      RemoveSinkController,
      RestoreSinkController,
    ],
    providers: [{ provide: EXPORT, useValue: deps }],
  };
}
