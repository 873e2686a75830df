import { z } from 'zod';
import { repositoryIdSchema } from '../ids.ts';
import { scanSourceSchema } from '../scan.ts';
import { instantSchema, pageOf, pageQuery } from './page.ts';
import { defineRoute } from './route.ts';

export const repositorySchema = z.object({
  id: repositoryIdSchema,
  name: z.string(),
  source: scanSourceSchema,
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
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of repositories', schema: pageOf(repositorySchema) } },
  problems: [400, 401],
});

export const createRepository = defineRoute({
  operationId: 'createRepository',
  method: 'POST',
  path: '/v1/repositories',
  tag: 'repositories',
  summary: 'Connect a repository. A folder must lie under one of the folders that the operator allows',
  scope: 'write',
  body: z.strictObject({ name: z.string().trim().min(1).max(200), source: scanSourceSchema }),
  answers: { 201: { description: 'The repository', schema: repositorySchema } },
  problems: [400, 401, 403, 409],
});

export const getRepository = defineRoute({
  operationId: 'getRepository',
  method: 'GET',
  path: '/v1/repositories/{repositoryId}',
  tag: 'repositories',
  summary: 'One repository',
  scope: 'read',
  params: z.strictObject({ repositoryId: repositoryIdSchema }),
  answers: { 200: { description: 'The repository', schema: repositorySchema } },
  problems: [400, 401, 404],
});
