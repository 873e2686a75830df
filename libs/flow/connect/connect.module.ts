import { Module, type DynamicModule } from '@nestjs/common';
import { CONNECT, type ConnectDeps } from './connect-deps.ts';
import { CreateRepositoryController } from './create-repository/create-repository.controller.ts';
import { GetRepositoryController } from './get-repository/get-repository.controller.ts';
import { UploadArchiveController } from './upload-archive/upload-archive.controller.ts';
import { ListRepositoriesController } from './list-repositories/list-repositories.controller.ts';

@Module({})
class ConnectModule {}

/** The endpoints of this slice over their dependencies. */
export function connectModule(deps: ConnectDeps): DynamicModule {
  return {
    module: ConnectModule,
    controllers: [ListRepositoriesController, CreateRepositoryController, GetRepositoryController, UploadArchiveController],
    providers: [{ provide: CONNECT, useValue: deps }],
  };
}
