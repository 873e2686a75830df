import { Module, type DynamicModule } from '@nestjs/common';
import { ListFindingsController } from './list-findings/list-findings.controller.ts';
import { REVIEW, type ReviewDeps } from './review-deps.ts';

@Module({})
class ReviewModule {}

/** The endpoints of this slice over their dependencies. */
export function reviewModule(deps: ReviewDeps): DynamicModule {
  return {
    module: ReviewModule,
    controllers: [ListFindingsController],
    providers: [{ provide: REVIEW, useValue: deps }],
  };
}
