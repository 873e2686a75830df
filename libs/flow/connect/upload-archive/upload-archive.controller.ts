import { uploadArchive as route } from '@lib/contract';
import { Handle, type Call } from '@lib/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { CONNECT, type ConnectDeps } from '../connect-deps.ts';
import { uploadArchive } from './upload-archive.ts';

@Controller()
export class UploadArchiveController {
  readonly #deps: ConnectDeps;

  constructor(@Inject(CONNECT) deps: ConnectDeps) {
    this.#deps = deps;
  }

  @Handle(route)
  handle(call: Call<typeof route>) {
    return uploadArchive(this.#deps, call);
  }
}
