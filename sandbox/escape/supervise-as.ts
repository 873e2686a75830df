// A supervisor of its own process, so that a spec can run it as an ordinary user. One argument: options, request. Prints the result.
import { writeSync } from 'node:fs';
import { localSandbox, type LocalSandboxOptions, type SandboxRequest } from '@lib/platform/sandbox';

const { options, request } = JSON.parse(process.argv[2] ?? 'null') as { options: LocalSandboxOptions; request: SandboxRequest };
const result = await localSandbox(options).run(request, () => undefined);
writeSync(1, JSON.stringify(result));
process.exit(0);
