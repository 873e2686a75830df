import { z } from 'zod';
import { limits } from '@lib/contract';
import type { ForgeAppFacts, ForgeDelivery, ForgeInstallation, ForgePull, ForgeRepository } from './forge.ts';

// What is read of GitHub's answers. Source: GitHub REST API description, version 2022-11-28.

const idSchema = z.int().positive();
const nameSchema = z.string().min(1).max(limits.forgeNameCharsMax);
const shaSchema = z.string().regex(/^[0-9a-f]{40}$/u);
const accountSchema = z.object({ login: nameSchema, type: z.string().default('Organization') });
const ownerSchema = accountSchema.nullish().transform((owner) => owner ?? undefined);
const permissionsSchema = z.record(z.string(), z.string());

export const tokenSchema = z.object({ token: z.string().min(1) });

export const appSchema = z
  .object({
    id: idSchema,
    slug: z.string(),
    owner: ownerSchema,
    permissions: permissionsSchema.default({}),
    events: z.array(z.string()).default([]),
  })
  .transform((app): ForgeAppFacts => app);

export const conversionSchema = z.object({
  id: idSchema,
  slug: z.string(),
  owner: ownerSchema,
  permissions: permissionsSchema.default({}),
  events: z.array(z.string()).default([]),
  client_id: z.string(),
  pem: z.string().min(1),
  webhook_secret: z.string().min(1),
});

export const installationSchema = z
  .object({
    id: idSchema,
    account: accountSchema,
    repository_selection: z.enum(['all', 'selected']).default('selected'),
    suspended_at: z.string().nullish(),
    permissions: permissionsSchema.default({}),
  })
  .transform((one): ForgeInstallation => ({
    id: one.id,
    account: one.account,
    selection: one.repository_selection,
    suspended: one.suspended_at !== null && one.suspended_at !== undefined,
    permissions: one.permissions,
  }));

export const deliverySchema = z
  .object({ id: idSchema, guid: z.string(), delivered_at: z.string(), redelivery: z.boolean(), status_code: z.int(), event: z.string() })
  .transform((one): ForgeDelivery => ({
    id: one.id,
    guid: one.guid,
    deliveredAt: one.delivered_at,
    redelivery: one.redelivery,
    statusCode: one.status_code,
    event: one.event,
  }));

export const repositorySchema = z
  .object({
    id: idSchema,
    full_name: nameSchema,
    default_branch: z.string().default('main'),
    private: z.boolean(),
    visibility: z.enum(['public', 'private', 'internal']).optional(),
  })
  .transform((one): ForgeRepository => ({
    id: one.id,
    fullName: one.full_name,
    defaultBranch: one.default_branch,
    visibility: one.visibility ?? (one.private ? 'private' : 'public'),
  }));

export const pullSchema = z
  .object({
    number: idSchema,
    state: z.enum(['open', 'closed']),
    draft: z.boolean().default(false),
    head: z.object({ sha: shaSchema, repo: z.object({ full_name: nameSchema }).nullish() }),
    base: z.object({ sha: shaSchema, ref: z.string() }),
  })
  .transform((one): ForgePull => ({
    number: one.number,
    state: one.state,
    draft: one.draft,
    headSha: one.head.sha,
    headRepository: one.head.repo?.full_name,
    baseSha: one.base.sha,
    baseRef: one.base.ref,
  }));

export const branchSchema = z.object({ commit: z.object({ sha: shaSchema }) });

export const comparisonSchema = z.object({
  merge_base_commit: z.object({ sha: shaSchema }),
  files: z.array(z.object({ filename: z.string(), status: z.string(), patch: z.string().optional() })).default([]),
});

export const fileSchema = z.object({ type: z.literal('file'), size: z.int(), encoding: z.string(), content: z.string() });

export const checksSchema = z.object({
  check_runs: z.array(z.object({ id: idSchema, name: z.string(), external_id: z.string().nullish() })),
});

export const createdSchema = z.object({ id: idSchema });
