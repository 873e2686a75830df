export { localSandbox, type LocalSandboxOptions } from './local-sandbox.ts';
export { noLayers, type Sandbox, type SandboxEnding, type SandboxOutcome, type SandboxRefusal, type SandboxRequest } from './sandbox.ts';
export { certify } from './certify.ts';
