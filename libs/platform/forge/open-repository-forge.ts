import { z } from 'zod';
import { limits } from '@lib/contract';
import { assert, err, ok, type Clock, type Result } from '@lib/kernel';
import { changedLines } from './changed-lines.ts';
import type { CheckUpdate, ForgeRefusal, ForgeRepository, RepositoryForge } from './forge.ts';
import { branchSchema, checksSchema, comparisonSchema, createdSchema, fileSchema, pullSchema, repositorySchema } from './forge-answers.ts';
import { askForge } from './forge-refusal.ts';
import type { ForgeClient } from './open-client.ts';

/** What an open client needs to know beside itself. */
export type OpenedToken = { readonly client: ForgeClient; readonly clock: Clock; readonly apiUrl: string; readonly token: string };

/** What is asked with a token. */
export function openRepositoryForge(opened: OpenedToken): RepositoryForge {
  const { client, clock, apiUrl, token } = opened;
  return {
    ...checksOf(opened),
    repository: (fullName) =>
      askForge(clock, async () => repositorySchema.parse((await client.request('GET /repos/{owner}/{repo}', nameOf(fullName))).data)),
    repositories: () => askForge(clock, () => allRepositories(client)),
    branchHead: (fullName, branch) =>
      askForge(clock, async () => {
        const { data } = await client.request('GET /repos/{owner}/{repo}/branches/{branch}', { ...nameOf(fullName), branch });
        return branchSchema.parse(data).commit.sha;
      }),
    pull: (fullName, number) =>
      askForge(clock, async () => {
        const { data } = await client.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
          ...nameOf(fullName),
          pull_number: number,
        });
        return pullSchema.parse(data);
      }),
    compare: (fullName, base, head) =>
      askForge(clock, async () => {
        const basehead = `${base}...${head}`;
        const { data } = await client.request('GET /repos/{owner}/{repo}/compare/{basehead}', { ...nameOf(fullName), basehead });
        const found = comparisonSchema.parse(data);
        return {
          mergeBase: found.merge_base_commit.sha,
          files: found.files.map((file) => ({
            path: file.filename,
            lines: file.patch === undefined ? everyLine : changedLines(file.patch),
          })),
          complete: found.files.length < comparedFilesMax,
        };
      }),
    file: (fullName, at) => readFile(opened, fullName, at),
    archive: (fullName, commit) => {
      const { owner, repo } = nameOf(fullName);
      const url = `${apiUrl}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}/tarball/${encodeURIComponent(commit)}`;
      return { url, token, redirectHosts: archiveHostsOf(apiUrl) };
    },
  };
}

const everyLine = [[1, Number.MAX_SAFE_INTEGER]] as const; // a file too large for the forge to show what changed in it
const comparedFilesMax = 300; // what GitHub lists of one comparison

// github.com sends archives from a host of its own; an Enterprise Server from itself or a subdomain.
function archiveHostsOf(apiUrl: string): readonly string[] {
  const { host } = new URL(apiUrl);
  return host === 'api.github.com' ? ['codeload.github.com'] : [host, `codeload.${host}`];
}

async function allRepositories(client: ForgeClient): Promise<readonly ForgeRepository[]> {
  const all: ForgeRepository[] = [];
  for (let page = 1; page <= limits.forgePagesMax; page += 1) {
    const { data } = await client.request('GET /installation/repositories', { per_page: limits.forgePageSize, page });
    const found = z.object({ repositories: z.array(repositorySchema) }).parse(data).repositories;
    all.push(...found);
    if (found.length < limits.forgePageSize) break;
  }
  return all;
}

type FileAt = { readonly commit: string; readonly path: string };

async function readFile(
  { client, clock }: OpenedToken,
  fullName: string,
  { commit, path }: FileAt,
): Promise<Result<Buffer | undefined, ForgeRefusal>> {
  const asked = await askForge(clock, () =>
    client.request('GET /repos/{owner}/{repo}/contents/{path}', { ...nameOf(fullName), path, ref: commit }),
  );
  if (!asked.ok) return asked.error.code === 'forge.gone' ? ok(undefined) : asked;
  const found = fileSchema.safeParse(asked.value.data);
  if (!found.success || found.data.size > limits.forgeFileBytesMax) return err({ code: 'forge.refused' });
  return ok(Buffer.from(found.data.content, 'base64'));
}

type Checks = Pick<RepositoryForge, 'findCheck' | 'createCheck' | 'updateCheck'>;

function checksOf({ client, clock }: OpenedToken): Checks {
  return {
    findCheck: (fullName, { headSha, name, externalId }) =>
      askForge(clock, async () => {
        const named = { ...nameOf(fullName), ref: headSha, check_name: name, per_page: limits.forgePageSize, filter: 'all' as const };
        const { data } = await client.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', named);
        return checksSchema.parse(data).check_runs.find((run) => run.external_id === externalId)?.id;
      }),
    createCheck: (fullName, check) =>
      askForge(clock, async () => {
        const { name, headSha, externalId } = check;
        const fresh = { ...nameOf(fullName), name, head_sha: headSha, external_id: externalId, ...stateOf(check) };
        return createdSchema.parse((await client.request('POST /repos/{owner}/{repo}/check-runs', fresh)).data).id;
      }),
    updateCheck: async (fullName, id, update) => {
      const change = { ...nameOf(fullName), check_run_id: id, ...stateOf(update) };
      const asked = await askForge(clock, () => client.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', change));
      return asked.ok ? ok(undefined) : asked;
    },
  };
}

function stateOf(update: CheckUpdate) {
  const { title, summary, annotations } = update;
  const listed = annotations.map((one) => ({
    path: one.path,
    start_line: one.startLine,
    end_line: one.endLine,
    annotation_level: one.level,
    title: one.title,
    message: one.message,
  }));
  return {
    // completed is what a conclusion makes it; saying both is what GitHub asks for
    ...(update.conclusion === undefined ? { status: update.status } : { status: 'completed' as const, conclusion: update.conclusion }),
    ...(update.detailsUrl === undefined ? {} : { details_url: update.detailsUrl }),
    output: { title, summary, ...(listed.length === 0 ? {} : { annotations: listed }) },
  };
}

function nameOf(fullName: string): { readonly owner: string; readonly repo: string } {
  const [owner = '', repo = '', more] = fullName.split('/');
  assert(owner !== '' && repo !== '' && more === undefined, 'a repository is named owner/name');
  return { owner, repo };
}
