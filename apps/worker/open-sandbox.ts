import type { FargateSetting, WorkerSettings } from '@lib/platform/config';
import { fargateSandbox, localSandbox, type FargateSandboxOptions, type Sandbox } from '@lib/platform/sandbox';
import type { Log } from '@lib/platform/telemetry';

/** The sandbox that the settings choose. */
export function openSandbox(settings: WorkerSettings, log: Log): Sandbox {
  if (settings.AEGIS_SANDBOX === 'fargate') return fargateSandbox({ ...fargateOptions(settings), log });
  const advisories = settings.AEGIS_ADVISORIES_DIRECTORY;
  return localSandbox({
    runtimeDirectory: settings.AEGIS_SANDBOX_RUNTIME,
    ...(advisories === undefined ? {} : { advisoriesDirectory: advisories }),
  });
}

// Credentials come from where the AWS SDK finds them.
function fargateOptions(settings: FargateSetting): Omit<FargateSandboxOptions, 'log'> {
  const client = { region: settings.AEGIS_FARGATE_REGION };
  return {
    service: { client, cluster: settings.AEGIS_FARGATE_CLUSTER },
    place: {
      taskDefinition: settings.AEGIS_FARGATE_TASK_DEFINITION,
      subnets: settings.AEGIS_FARGATE_SUBNETS,
      securityGroups: settings.AEGIS_FARGATE_SECURITY_GROUPS,
    },
    transfer: { client, bucket: settings.AEGIS_FARGATE_TRANSFER_BUCKET },
  };
}
