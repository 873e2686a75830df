import { z } from 'zod';

/**
 * Where a sandbox runs. `local`: a Linux machine of one's own. `container`: inside somebody's container, where bubblewrap cannot make
 * namespaces. `fargate`: a task of its own, whose definition is the outer wall (read-only root, no capabilities, no way out of the network).
 */
export const sandboxEnvironments = ['local', 'container', 'fargate'] as const;
export const sandboxEnvironmentSchema = z.enum(sandboxEnvironments);
export type SandboxEnvironment = z.infer<typeof sandboxEnvironmentSchema>;
