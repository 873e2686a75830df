import { Module, type DynamicModule } from '@nestjs/common';
import { GetFindingController } from './get-finding/get-finding.controller.ts';
import { ListFindingsController } from './list-findings/list-findings.controller.ts';
import { REVIEW, type ReviewDeps } from './review-deps.ts';

@Module({})
class ReviewModule {}

/** The endpoints of this slice over their dependencies. */
export function reviewModule(deps: ReviewDeps): DynamicModule {
  return {
    module: ReviewModule,
    controllers: [ListFindingsController, GetFindingController],
    providers: [{ provide: REVIEW, useValue: deps }],
  };
}
