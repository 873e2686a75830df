import { z } from 'zod';
import { defineRoute } from './route.ts';

export const getHealth = defineRoute({
  operationId: 'getHealth',
  method: 'GET',
  path: '/health',
  tag: 'health',
  summary: 'The process is alive',
  scope: 'none',
  answers: { 200: { description: 'Alive', schema: z.object({ status: z.literal('ok') }) } },
  problems: [],
});

export const getReady = defineRoute({
  operationId: 'getReady',
  method: 'GET',
  path: '/ready',
  tag: 'health',
  summary: 'The process can serve: the database answers and takes writes',
  scope: 'none',
  answers: { 200: { description: 'Ready', schema: z.object({ status: z.literal('ready'), notes: z.array(z.string()) }) } },
  problems: [503],
});
