import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A real program that tests use when the machine has it. `why` says what is not shown without it. */
export type Peer = { readonly name: string; readonly programs: readonly string[]; readonly why: string; readonly required: boolean };

const peers: readonly Peer[] = [
  { name: 'redis-server', programs: ['redis-server'], why: 'the queue on Redis', required: true },
  { name: 'chromium', programs: ['chromium', 'chromium-browser', 'google-chrome'], why: 'the dashboard in a browser', required: true },
  { name: 'bubblewrap', programs: ['bwrap'], why: 'the sandbox with its outer layer', required: true },
  // a cluster of three programs that Debian does not start by itself; the contract of the object store runs on folders without it
  { name: 'object store', programs: ['radosgw'], why: 'write-once storage against a real S3', required: false },
];

/** The peers that this machine lacks. */
export function absentPeers(): readonly Peer[] {
  return peers.filter(({ programs }) => !programs.some(isOnPath));
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
