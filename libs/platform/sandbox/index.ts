export { localSandbox } from './local-sandbox.ts';
export type { LocalSandboxOptions } from './sandbox-options.ts';
export { noLayers } from './sandbox.ts';
export type { Sandbox, SandboxEnding, SandboxOutcome, SandboxRefusal, SandboxRequest } from './sandbox.ts';
export type { SupervisedEnding, Unpacker, UnpackOutcome, UnpackRequest } from './sandbox.ts';
export { certify } from './certify.ts';
