import { Module, type DynamicModule } from '@nestjs/common';
import { AcknowledgeAlarmController } from './acknowledge-alarm/acknowledge-alarm.controller.ts';
import { EVIDENCE, type EvidenceDeps } from './evidence-deps.ts';
import { ExtendEvidenceController } from './extend-evidence/extend-evidence.controller.ts';
import { HoldEvidenceController } from './hold-evidence/hold-evidence.controller.ts';
import { ListAlarmsController } from './list-alarms/list-alarms.controller.ts';
import { ReleaseEvidenceController } from './release-evidence/release-evidence.controller.ts';

@Module({})
class EvidenceModule {}

/** The endpoints of this slice over their dependencies. */
export function evidenceModule(deps: EvidenceDeps): DynamicModule {
  return {
    module: EvidenceModule,
    controllers: [
      ListAlarmsController,
      AcknowledgeAlarmController,
      HoldEvidenceController,
      ReleaseEvidenceController,
      ExtendEvidenceController,
    ],
    providers: [{ provide: EVIDENCE, useValue: deps }],
  };
}
