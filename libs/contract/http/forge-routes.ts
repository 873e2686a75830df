import { z } from 'zod';
import { failOnSchema, forgeKindSchema } from '../forge-manifest.ts';
import { forgeAppIdSchema, installationIdSchema } from '../ids.ts';
import { limits } from '../limits.ts';
import { instantSchema } from './page.ts';
import { defineRoute } from './route.ts';

const loginSchema = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?$/u);
const externalIdSchema = z.int().positive();

const installationViewSchema = z.object({
  id: installationIdSchema,
  externalId: externalIdSchema,
  account: z.string(),
  state: z.enum(['waiting', 'active', 'suspended', 'removed']),
  repositories: z.int(),
});

/** An App that the tenant has registered, and what it is installed on. Of its secrets nothing is ever shown. */
export const forgeAppSchema = z.object({
  id: forgeAppIdSchema,
  kind: forgeKindSchema,
  webUrl: z.string(),
  externalId: externalIdSchema,
  slug: z.string(),
  owner: z.string().nullable(),
  failOn: failOnSchema,
  createdAt: instantSchema,
  state: z.enum(['active', 'leaving']),
  /** Until then an App that is leaving may be brought back. */
  leavesAt: instantSchema.nullable(),
  installations: z.array(installationViewSchema),
});
export type ForgeAppView = z.infer<typeof forgeAppSchema>;
export type InstallationView = z.infer<typeof installationViewSchema>;

export const listForgeApps = defineRoute({
  operationId: 'listForgeApps',
  method: 'GET',
  path: '/v1/forge/apps',
  tag: 'forges',
  summary: 'Apps that this tenant has registered with GitHub, with their installations',
  scope: 'read',
  needs: 'forge.list',
  answers: { 200: { description: 'All of them', schema: z.object({ items: z.array(forgeAppSchema) }) } },
  problems: [401],
});

/** What the browser posts to GitHub, and where. */
export const forgeFlowSchema = z.object({ action: z.url(), manifest: z.string(), state: z.string() });
export type ForgeFlowView = z.infer<typeof forgeFlowSchema>;

export const startForgeFlow = defineRoute({
  operationId: 'startForgeFlow',
  method: 'POST',
  path: '/v1/forge/flows',
  tag: 'forges',
  summary: 'Begin to register an App from its manifest. The state is good once, for this session, for ten minutes',
  scope: 'admin',
  needs: 'forge.connect',
  body: z.strictObject({ kind: forgeKindSchema, organization: loginSchema.optional() }),
  answers: { 201: { description: 'What to post, and where', schema: forgeFlowSchema } },
  problems: [400, 401, 403],
  holdsSecret: true,
});

const byManifestSchema = z.strictObject({
  by: z.literal('manifest'),
  code: z.string().regex(/^[\w-]{1,100}$/u),
  state: z.string().min(20).max(100),
});
const byKeySchema = z.strictObject({
  by: z.literal('key'),
  kind: forgeKindSchema,
  apiUrl: z.url({ protocol: /^https?$/u }).max(limits.forgeNameCharsMax),
  webUrl: z.url({ protocol: /^https?$/u }).max(limits.forgeNameCharsMax),
  externalId: externalIdSchema,
  webhookSecret: z.string().min(16).max(200),
  pem: z.string().min(1).max(limits.forgePemCharsMax),
});

export const registeredAppSchema = z.object({
  app: forgeAppSchema,
  /** Where the forge must deliver to, for an App that was registered by hand; shown once. */
  hookUrl: z.string(),
});

export const registerForgeApp = defineRoute({
  operationId: 'registerForgeApp',
  method: 'POST',
  path: '/v1/forge/apps',
  tag: 'forges',
  summary: 'Take over an App: by the code that GitHub gave for its manifest, or by its id, key and webhook secret (Enterprise Server)',
  scope: 'admin',
  needs: 'forge.connect',
  body: z.discriminatedUnion('by', [byManifestSchema, byKeySchema]),
  answers: { 201: { description: 'The App', schema: registeredAppSchema } },
  problems: [400, 401, 403, 409],
  holdsSecret: true,
});

export const claimInstallation = defineRoute({
  operationId: 'claimInstallation',
  method: 'POST',
  path: '/v1/forge/apps/{forgeAppId}/installations',
  tag: 'forges',
  summary: 'Confirm an installation of one of our Apps: the forge must say that it is one of it, and no other tenant may have it',
  scope: 'admin',
  needs: 'forge.connect',
  params: z.strictObject({ forgeAppId: forgeAppIdSchema }),
  body: z.strictObject({ installation: externalIdSchema }),
  answers: { 201: { description: 'The installation', schema: installationViewSchema } },
  problems: [400, 401, 403, 404, 409],
});

const triedRightSchema = z.object({
  name: z.string(),
  permission: z.string(),
  access: z.enum(['read', 'write']),
  /** What the forge answered; 0: the request never got that far. */
  status: z.int(),
  possible: z.boolean(),
  /** Whether the App's manifest asks for it. */
  asked: z.boolean(),
});

/** What an installation of an App may do, as the forge shows it when it is tried. */
export const forgeRightsSchema = z.object({
  repositoryName: z.string(),
  /** Every read that is needed passes, and nothing beyond the manifest is granted or possible. */
  asAsked: z.boolean(),
  /** Permissions that the forge lists beyond the manifest, such as `contents: write`. */
  excess: z.array(z.string()),
  tried: z.array(triedRightSchema),
});
export type ForgeRightsView = z.infer<typeof forgeRightsSchema>;

export const verifyInstallation = defineRoute({
  operationId: 'verifyInstallation',
  method: 'POST',
  path: '/v1/forge/apps/{forgeAppId}/installations/{installationId}/verification',
  tag: 'forges',
  summary: 'Try what an installation may do: reads must pass and writes be refused. Nothing that is tried can take effect',
  scope: 'admin',
  needs: 'forge.connect',
  params: z.strictObject({ forgeAppId: forgeAppIdSchema, installationId: installationIdSchema }),
  answers: { 200: { description: 'What was tried, and what the forge answered', schema: forgeRightsSchema } },
  problems: [400, 401, 403, 404, 409, 503],
});

export const receiveDelivery = defineRoute({
  operationId: 'receiveDelivery',
  method: 'POST',
  path: '/v1/forge/hooks/{hook}',
  tag: 'forges',
  summary: 'Where a forge delivers its events, signed over the raw bytes',
  scope: 'none',
  params: z.strictObject({ hook: z.string().min(20).max(100) }),
  headers: z.object({
    'x-github-event': z.string().regex(/^[a-z0-9_]{1,64}$/u),
    'x-github-delivery': z.string().regex(/^[\w-]{1,64}$/u),
    'x-hub-signature-256': z.string().max(100).optional(),
  }),
  raw: { mediaTypes: ['application/json'], bytesMax: limits.forgeDeliveryBytesMax },
  answers: { 202: { description: 'Taken, or known already, or of no interest' } },
  problems: [400, 401, 404, 413, 415],
});

const appLeavingSchema = forgeAppSchema.pick({ id: true, state: true, leavesAt: true });
export type AppLeavingView = z.infer<typeof appLeavingSchema>;

export const removeForgeApp = defineRoute({
  operationId: 'removeForgeApp',
  method: 'POST',
  path: '/v1/forge/apps/{forgeAppId}/removal',
  tag: 'forges',
  summary: 'Let an App go: nothing is taken from it or done with it at once, its key and secrets are destroyed after five minutes',
  scope: 'admin',
  needs: 'forge.connect',
  params: z.strictObject({ forgeAppId: forgeAppIdSchema }),
  answers: { 202: { description: 'It is leaving', schema: appLeavingSchema } },
  problems: [400, 401, 403, 404],
});

export const restoreForgeApp = defineRoute({
  operationId: 'restoreForgeApp',
  method: 'POST',
  path: '/v1/forge/apps/{forgeAppId}/restoration',
  tag: 'forges',
  summary: 'Bring an App back that is leaving',
  scope: 'admin',
  needs: 'forge.connect',
  params: z.strictObject({ forgeAppId: forgeAppIdSchema }),
  answers: { 200: { description: 'It is in use again', schema: appLeavingSchema } },
  problems: [400, 401, 403, 404, 409],
});
