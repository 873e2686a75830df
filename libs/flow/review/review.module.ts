import { Module, type DynamicModule } from '@nestjs/common';
import { CommentFindingController } from './comment-finding/comment-finding.controller.ts';
import { DecideFindingController } from './decide-finding/decide-finding.controller.ts';
import { DecideFindingsController } from './decide-findings/decide-findings.controller.ts';
import { ListFindingActsController } from './list-finding-acts/list-finding-acts.controller.ts';
import { GetFindingController } from './get-finding/get-finding.controller.ts';
import { ListFindingsController } from './list-findings/list-findings.controller.ts';
import { REVIEW, type ReviewDeps } from './review-deps.ts';

@Module({})
class ReviewModule {}

/** The endpoints of this slice over their dependencies. */
export function reviewModule(deps: ReviewDeps): DynamicModule {
  return {
    module: ReviewModule,
    controllers: [
      ListFindingsController,
      GetFindingController,
      DecideFindingController,
      DecideFindingsController,
      CommentFindingController,
      ListFindingActsController,
    ],
    providers: [{ provide: REVIEW, useValue: deps }],
  };
}
