import { z } from 'zod';

/** The Reader is all that a scan needs. The Remediator is separate and optional. */
export const forgeKinds = ['reader', 'remediator'] as const;
export const forgeKindSchema = z.enum(forgeKinds);
export type ForgeKind = z.infer<typeof forgeKindSchema>;

/**
 * What each App asks for: the one place where it is written. The onboarding page renders it, the manifest is made of it, and a test holds
 * it to an allow-list. Source: GitHub, "Permissions required for GitHub Apps".
 */
export const forgeManifests = {
  reader: {
    name: 'Aegis Reader',
    description: 'Scans code and reports findings as check runs. Reads; writes nothing but its own check runs.',
    permissions: { metadata: 'read', contents: 'read', pull_requests: 'read', checks: 'write' },
    events: ['push', 'pull_request', 'check_run', 'check_suite', 'repository'],
  },
  remediator: {
    name: 'Aegis Remediator',
    description: 'Opens draft pull requests with fixes. A person merges.',
    permissions: { metadata: 'read', contents: 'write', pull_requests: 'write' },
    events: [],
  },
} as const satisfies Readonly<Record<ForgeKind, object>>;

/** From which severity of what a change introduces its check fails. */
export const failOnSchema = z.enum(['critical', 'high', 'medium', 'low', 'never']);
export type FailOn = z.infer<typeof failOnSchema>;
