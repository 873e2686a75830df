import { z } from 'zod';
import { archiveIdSchema, repositoryIdSchema, sha256Schema } from '../ids.ts';
import { limits } from '../limits.ts';
import { givenSourceSchema, repositorySourceSchema } from '../scan.ts';
import { instantSchema, pageOf, pageQuery } from './page.ts';
import { defineRoute } from './route.ts';

export const repositorySchema = z.object({
  id: repositoryIdSchema,
  name: z.string(),
  source: repositorySourceSchema,
  createdAt: instantSchema,
});
export type RepositoryView = z.infer<typeof repositorySchema>;

export const listRepositories = defineRoute({
  operationId: 'listRepositories',
  method: 'GET',
  path: '/v1/repositories',
  tag: 'repositories',
  summary: 'Connected repositories, by name',
  scope: 'read',
  needs: 'repository.list',
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of repositories', schema: pageOf(repositorySchema) } },
  problems: [400, 401],
});

export const createRepository = defineRoute({
  operationId: 'createRepository',
  method: 'POST',
  path: '/v1/repositories',
  tag: 'repositories',
  summary: 'Connect a repository: a folder under one that the operator allows, a public git repository, or archives that are uploaded',
  scope: 'write',
  needs: 'repository.create',
  body: z.strictObject({ name: z.string().trim().min(1).max(200), source: givenSourceSchema }),
  answers: { 201: { description: 'The repository', schema: repositorySchema } },
  problems: [400, 401, 403, 409],
});

export const getRepository = defineRoute({
  operationId: 'getRepository',
  ci: 'repository',
  method: 'GET',
  path: '/v1/repositories/{repositoryId}',
  tag: 'repositories',
  summary: 'One repository',
  scope: 'read',
  needs: 'repository.read',
  params: z.strictObject({ repositoryId: repositoryIdSchema }),
  answers: { 200: { description: 'The repository', schema: repositorySchema } },
  problems: [400, 401, 404],
});

/** An uploaded archive that waits for its scan. */
export const archiveSchema = z.object({
  id: archiveIdSchema,
  repositoryId: repositoryIdSchema,
  bytes: z.int(),
  sha256: sha256Schema,
  createdAt: instantSchema,
});
export type ArchiveView = z.infer<typeof archiveSchema>;

export const uploadArchive = defineRoute({
  operationId: 'uploadArchive',
  ci: 'repository',
  method: 'POST',
  path: '/v1/repositories/{repositoryId}/archives',
  tag: 'repositories',
  summary: 'Upload an archive for one scan (tar, tar.gz, tar.zst, zip). It is kept for a day, or until its scan has unpacked it',
  scope: 'write',
  needs: 'archive.upload',
  params: z.strictObject({ repositoryId: repositoryIdSchema }),
  raw: {
    mediaTypes: ['application/gzip', 'application/x-gzip', 'application/zip', 'application/x-tar', 'application/zstd'],
    bytesMax: limits.archiveBytesMax,
  },
  answers: { 201: { description: 'The archive, stored', schema: archiveSchema } },
  problems: [400, 401, 403, 404, 409, 413, 415, 429],
});
