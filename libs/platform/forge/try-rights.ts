import type { Clock } from '@lib/kernel';
import type { ForgeRight, RepositoryNames } from './forge.ts';
import { askForge } from './forge-refusal.ts';
import type { ForgeClient } from './open-client.ts';

type Attempt = Omit<ForgeRight, 'possible' | 'status'> & {
  readonly request: string;
  readonly body?: Readonly<Record<string, unknown>> | ((defaultBranch: string) => Readonly<Record<string, unknown>>);
};

const nowhere = '0'.repeat(40); // no commit has this name

/**
 * What a token is tried with. Each request that would write carries what no forge can carry out (a commit that cannot be, a branch
 * into itself, an empty title), so that one which is let through changes nothing either: a forge looks at rights first and at the rest after.
 * Source: GitHub, "Permissions required for GitHub Apps".
 */
const attempts: readonly Attempt[] = [
  { name: 'read the repository', permission: 'metadata', access: 'read', request: 'GET /repos/{owner}/{repo}' },
  { name: 'read branches', permission: 'contents', access: 'read', request: 'GET /repos/{owner}/{repo}/branches' },
  { name: 'read pull requests', permission: 'pull_requests', access: 'read', request: 'GET /repos/{owner}/{repo}/pulls' },
  {
    name: 'write a check run',
    permission: 'checks',
    access: 'write',
    request: 'POST /repos/{owner}/{repo}/check-runs',
    body: { name: 'Aegis', head_sha: nowhere },
  },
  {
    name: 'make a branch',
    permission: 'contents',
    access: 'write',
    request: 'POST /repos/{owner}/{repo}/git/refs',
    body: { ref: 'refs/heads/aegis-rights', sha: nowhere },
  },
  {
    name: 'write a file',
    permission: 'contents',
    access: 'write',
    request: 'PUT /repos/{owner}/{repo}/contents/aegis-rights.txt',
    body: { message: '', content: '%', branch: 'aegis-rights', sha: nowhere },
  },
  {
    name: 'merge',
    permission: 'contents',
    access: 'write',
    request: 'POST /repos/{owner}/{repo}/merges',
    body: (branch) => ({ base: branch, head: branch }),
  },
  {
    name: 'open a pull request',
    permission: 'pull_requests',
    access: 'write',
    request: 'POST /repos/{owner}/{repo}/pulls',
    body: { title: '', head: 'aegis-rights', base: 'aegis-rights' },
  },
  { name: 'open an issue', permission: 'issues', access: 'write', request: 'POST /repos/{owner}/{repo}/issues', body: { title: '' } },
  {
    name: 'set a status',
    permission: 'statuses',
    access: 'write',
    request: `POST /repos/{owner}/{repo}/statuses/${nowhere}`,
    body: { state: 'error' },
  },
  {
    name: 'start a workflow',
    permission: 'actions',
    access: 'write',
    request: 'POST /repos/{owner}/{repo}/actions/workflows/aegis-rights.yml/dispatches',
    body: { ref: 'aegis-rights' },
  },
  { name: 'read names of secrets', permission: 'secrets', access: 'read', request: 'GET /repos/{owner}/{repo}/actions/secrets' },
  {
    name: 'add a webhook',
    permission: 'repository_hooks',
    access: 'write',
    request: 'POST /repos/{owner}/{repo}/hooks',
    body: { name: 'web', active: false, events: [], config: {} },
  },
  {
    name: 'change settings',
    permission: 'administration',
    access: 'write',
    request: 'PATCH /repos/{owner}/{repo}',
    body: {},
  },
];

/**
 * Tries each right on one repository. A right is possible unless the forge refuses it (401, 403) or does not show what it is about (404).
 * Faults: as `askForge`.
 */
export async function tryRights(
  client: ForgeClient,
  clock: Clock,
  { fullName, defaultBranch }: RepositoryNames,
): Promise<readonly ForgeRight[]> {
  const [owner = '', repo = ''] = fullName.split('/');
  const tried: ForgeRight[] = [];
  for (const { request, body, ...right } of attempts) {
    const sent = typeof body === 'function' ? body(defaultBranch) : body;
    const asked = await askForge(clock, async () => (await client.request(request, { owner, repo, ...sent })).status);
    const status = asked.ok ? asked.value : (asked.error.status ?? 0);
    tried.push({ ...right, status, possible: ![0, 401, 403, 404].includes(status) });
  }
  return tried;
}
