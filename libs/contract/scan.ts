import { z } from 'zod';
import { analyzerNameSchema } from './finding.ts';
import { archiveIdSchema, forgeAppIdSchema, sha256Schema } from './ids.ts';
import { limits } from './limits.ts';

const folderSourceSchema = z.object({ kind: z.literal('folder'), path: z.string().min(1).max(4096) });

/** A public repository; without `ref` what its host calls HEAD. No credentials: private repositories come by their host's archives. */
const gitSourceSchema = z.object({
  kind: z.literal('git'),
  url: z.url({ protocol: /^https$/u }).max(2048),
  ref: z.string().min(1).max(200).optional(),
});

/** What a person may connect. `archive`: each scan brings an upload of its own. */
const givenSources = [folderSourceSchema, gitSourceSchema, z.object({ kind: z.literal('archive') })] as const;
export const givenSourceSchema = z.discriminatedUnion('kind', givenSources);

/** Where a repository's bytes come from. `forge`: an installation of an App gives it; which one stands with the installation. */
export const repositorySourceSchema = z.discriminatedUnion('kind', [...givenSources, z.object({ kind: z.literal('forge') })]);
export type RepositorySource = z.infer<typeof repositorySourceSchema>;

/** Where the bytes of one scan come from. */
export const scanSourceSchema = z.discriminatedUnion('kind', [
  folderSourceSchema,
  gitSourceSchema,
  z.object({ kind: z.literal('archive'), archiveId: archiveIdSchema, sha256: sha256Schema }),
  // `commit` null: what the default branch is at when it is fetched. `live`: the installation still gives the repository.
  z.object({
    kind: z.literal('forge'),
    appId: forgeAppIdSchema,
    appExternalId: z.int(),
    apiUrl: z.string(),
    installation: z.int(),
    repository: z.int(),
    fullName: z.string(),
    branch: z.string(),
    commit: z
      .string()
      .regex(/^[0-9a-f]{40}$/u)
      .nullable(),
    live: z.boolean(),
  }),
]);
export type ScanSource = z.infer<typeof scanSourceSchema>;

/** `succeeded`, `incomplete`, `failed`, `cancelled` are ends: a scan reaches exactly one of them, once. */
export const scanStates = ['queued', 'running', 'succeeded', 'incomplete', 'failed', 'cancelled'] as const;
export const scanStateSchema = z.enum(scanStates);
export type ScanState = z.infer<typeof scanStateSchema>;
export const scanEndStates: readonly ScanState[] = ['succeeded', 'incomplete', 'failed', 'cancelled'];

/** The stages in order, as they are drawn. */
export const scanStages = ['queued', 'ingest', 'analyze', 'record', 'done'] as const;
export const scanStageSchema = z.enum(scanStages);
export type ScanStage = z.infer<typeof scanStageSchema>;

/** Options of a scan, fixed when it is asked for. */
export const scanOptionsSchema = z.object({
  analyzers: z.array(analyzerNameSchema).min(1).optional(),
  wallMs: z.int().min(1000).max(limits.scanWallMsMax).optional(),
});
export type ScanOptions = z.infer<typeof scanOptionsSchema>;

/** What is pushed to the terminal and the browser while a scan runs. Figures are totals so far, so a lost event does no harm. */
export const scanProgressSchema = z.object({
  stage: scanStageSchema,
  state: scanStateSchema,
  filesTotal: z.int().min(0),
  filesDone: z.int().min(0),
  findingCount: z.int().min(0),
  analyzer: analyzerNameSchema.optional(),
});
export type ScanProgress = z.infer<typeof scanProgressSchema>;
