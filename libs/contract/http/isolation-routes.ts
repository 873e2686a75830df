import { z } from 'zod';
import { isolationResultSchema } from '../isolation-result.ts';
import { defineRoute } from './route.ts';

/** `note` is a C2SP signed note over the same result; `verifierKey` is that of the tenant's audit log. */
const signedResultSchema = z.object({ result: isolationResultSchema, note: z.string(), verifierKey: z.string() });
export type SignedIsolation = z.infer<typeof signedResultSchema>;

export const runIsolationProbe = defineRoute({
  operationId: 'runIsolationProbe',
  method: 'POST',
  path: '/v1/isolation/probe',
  tag: 'isolation',
  summary: "Try to reach a decoy tenant with one's own credential; a signed result, once a minute at most",
  scope: 'admin',
  needs: 'isolation.probe',
  answers: { 201: { description: 'What was tried, signed with the key of the audit log', schema: signedResultSchema } },
  problems: [401, 403, 429],
});

export const getIsolationResult = defineRoute({
  operationId: 'getIsolationResult',
  method: 'GET',
  path: '/v1/isolation/probe',
  tag: 'isolation',
  summary: 'The newest signed result of the isolation probe',
  scope: 'read',
  needs: 'isolation.read-result',
  answers: { 200: { description: 'The result', schema: signedResultSchema } },
  problems: [401, 404],
});
