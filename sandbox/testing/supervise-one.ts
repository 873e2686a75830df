// A supervisor of its own process for one run, so that a test can kill it. One argument: options and request as JSON.
import { localSandbox, type LocalSandboxOptions, type SandboxRequest } from '@lib/platform/sandbox';

const plan = JSON.parse(process.argv[2] ?? '') as { options: LocalSandboxOptions; request: SandboxRequest };
await localSandbox(plan.options).run(plan.request, () => undefined);
