import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { packagedModel } from '../testing/ecs/published-model.ts';

/** A real program that tests use when the machine has it. `why` says what is not shown without it. */
export type Peer = {
  readonly name: string;
  /** Any one of these on PATH, any one of these set in the environment, or any one of these files, is the peer. */
  readonly programs?: readonly string[];
  readonly settings?: readonly string[];
  readonly files?: readonly string[];
  readonly why: string;
  readonly required: boolean;
};

const peers: readonly Peer[] = [
  { name: 'redis-server', programs: ['redis-server'], why: 'the queue on Redis', required: true },
  { name: 'chromium', programs: ['chromium', 'chromium-browser', 'google-chrome'], why: 'the dashboard in a browser', required: true },
  { name: 'pgbouncer', programs: ['pgbouncer'], why: 'tenants behind a pooler that shares connections', required: true },
  { name: 'bubblewrap', programs: ['bwrap'], why: 'the sandbox with its outer layer', required: true },
  { name: 'gcc', programs: ['gcc'], why: 'that the committed launcher is what its source says', required: true },
  { name: 'go', programs: ['go'], why: 'the audit log verified by the libraries of the Go checksum database', required: true },
  { name: 'python3', programs: ['python3'], why: 'the checker that ships in each audit export', required: true },
  {
    name: 'the model of ECS',
    settings: ['AEGIS_ECS_MODEL'],
    files: [packagedModel],
    why: 'requests to ECS against its published lengths and patterns (Debian python3-botocore)',
    required: true,
  },
  // an address, or unpacked Ceph packages; without it the contract of the object store runs on folders and on the wire protocol
  {
    name: 'object store',
    settings: ['AEGIS_S3_ENDPOINT', 'AEGIS_CEPH_ROOT'],
    why: 'write-once storage against a real S3',
    required: false,
  },
];

/** The peers that this machine lacks. */
export function absentPeers(): readonly Peer[] {
  return peers.filter(
    ({ programs = [], settings = [], files = [] }) =>
      !programs.some(isOnPath) && !settings.some((name) => process.env[name] !== undefined) && !files.some((file) => existsSync(file)),
  );
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
