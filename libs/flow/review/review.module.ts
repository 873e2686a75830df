import { Module, type DynamicModule } from '@nestjs/common';
import { CommentFindingController } from './comment-finding/comment-finding.controller.ts';
import { DecideFindingController } from './decide-finding/decide-finding.controller.ts';
import { DecideFindingsController } from './decide-findings/decide-findings.controller.ts';
import { ListFindingActsController } from './list-finding-acts/list-finding-acts.controller.ts';
import { GetFindingController } from './get-finding/get-finding.controller.ts';
import { ListFindingsController } from './list-findings/list-findings.controller.ts';
import { DraftSuppressionController } from './draft-suppression/draft-suppression.controller.ts';
import { SignSuppressionController } from './sign-suppression/sign-suppression.controller.ts';
import { ListSuppressionsController } from './list-suppressions/list-suppressions.controller.ts';
import { GetSuppressionController } from './get-suppression/get-suppression.controller.ts';
import { EndSuppressionController } from './end-suppression/end-suppression.controller.ts';
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
      DraftSuppressionController,
      SignSuppressionController,
      ListSuppressionsController,
      GetSuppressionController,
      EndSuppressionController,
    ],
    providers: [{ provide: REVIEW, useValue: deps }],
  };
}
