import { Module, type DynamicModule } from '@nestjs/common';
import { EXPORT, type ExportDeps } from './export-deps.ts';
import { GetAuditHeadController } from './get-audit-head/get-audit-head.controller.ts';
import { ListAuditEntriesController } from './list-audit-entries/list-audit-entries.controller.ts';
import { CreateAuditExportController } from './create-audit-export/create-audit-export.controller.ts';
import { DownloadAuditExportController } from './download-audit-export/download-audit-export.controller.ts';
import { GetAuditExportController } from './get-audit-export/get-audit-export.controller.ts';
import { ReadAuditLogController } from './read-audit-log/read-audit-log.controller.ts';
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
    ],
    providers: [{ provide: EXPORT, useValue: deps }],
  };
}
