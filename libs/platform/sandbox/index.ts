export { localSandbox } from './local-sandbox.ts';
export type { LocalSandboxOptions } from './sandbox-options.ts';
export { fargateSandbox, type FargateSandboxOptions } from './fargate/fargate-sandbox.ts';
export { taskDefinition, type TaskDefinitionParts } from './fargate/task-definition.ts';
export { noLayers } from './sandbox.ts';
export type { Sandbox, SandboxEnding, SandboxOutcome, SandboxRefusal, SandboxRequest, ScanOwner } from './sandbox.ts';
export type { SupervisedEnding, Unpacker, UnpackOutcome, UnpackRequest } from './sandbox.ts';
export { certify } from './certify.ts';
