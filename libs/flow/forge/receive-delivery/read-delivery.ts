import { z } from 'zod';
import { limits } from '@lib/contract';

const idSchema = z.int().positive();
const shaSchema = z.string().regex(/^[0-9a-f]{40}$/u);
const withId = z.object({ id: idSchema });
const common = { installation: withId, action: z.string().max(limits.noteCharsMax).optional() };

/** What is kept of a delivery: ids, names of refs, nothing that a person has written. */
export const deliveryFactsSchema = z.object({
  installation: idSchema,
  action: z.string().optional(),
  repository: idSchema.optional(),
  ref: z.string().optional(),
  pull: idSchema.optional(),
  headSha: shaSchema.optional(),
  checkId: idSchema.optional(),
});
export type DeliveryFacts = z.infer<typeof deliveryFactsSchema>;

type Common = { readonly installation: { readonly id: number }; readonly action?: string | undefined };
const basic = ({ installation, action }: Common): DeliveryFacts => ({
  installation: installation.id,
  ...(action === undefined ? {} : { action }),
});

const aboutInstallation = z.object(common).transform(basic);
const aboutRepository = z.object({ ...common, repository: withId });

// What is acted on, by event. Everything else of a payload is dropped before anything is stored.
const schemas = {
  installation: aboutInstallation,
  installation_repositories: aboutInstallation,
  installation_target: aboutInstallation,
  repository: aboutRepository.transform((told): DeliveryFacts => ({ ...basic(told), repository: told.repository.id })),
  push: aboutRepository
    .extend({ ref: z.string().max(limits.pathBytesMax), deleted: z.literal(false) })
    .transform((told): DeliveryFacts => ({ ...basic(told), repository: told.repository.id, ref: told.ref })),
  pull_request: aboutRepository
    .extend({ pull_request: z.object({ number: idSchema }) })
    .transform((told): DeliveryFacts => ({ ...basic(told), repository: told.repository.id, pull: told.pull_request.number })),
  check_run: aboutRepository.extend({ check_run: z.object({ id: idSchema, head_sha: shaSchema }) }).transform((told): DeliveryFacts => {
    const { id: checkId, head_sha: headSha } = told.check_run;
    return { ...basic(told), repository: told.repository.id, checkId, headSha };
  }),
  check_suite: aboutRepository
    .extend({ check_suite: z.object({ head_sha: shaSchema }) })
    .transform((told): DeliveryFacts => ({ ...basic(told), repository: told.repository.id, headSha: told.check_suite.head_sha })),
} as const;

/** An event that is acted on. */
type KnownEvent = keyof typeof schemas;

/** Which actions of an event matter; an event that is not named here has none, and all of it counts. */
const actions: Readonly<Partial<Record<KnownEvent, readonly string[]>>> = {
  pull_request: ['opened', 'synchronize', 'reopened', 'ready_for_review', 'closed', 'edited'],
  check_run: ['rerequested'],
  check_suite: ['rerequested'],
  installation: ['created', 'deleted', 'suspend', 'unsuspend', 'new_permissions_accepted'],
  repository: ['renamed', 'transferred', 'privatized', 'publicized', 'archived', 'deleted'],
};

/**
 * Reads a payload whose signature was checked. `ignored`: an event or action that nothing is done for, or one of no installation;
 * `invalid`: of an event that we know, and not what GitHub describes.
 */
export function readDelivery(event: string, payload: unknown): DeliveryFacts | 'ignored' | 'invalid' {
  if (!isKnown(event)) return 'ignored';
  if (typeof payload !== 'object' || payload === null) return 'invalid';
  if (!('installation' in payload)) return 'ignored';
  if ('deleted' in payload && payload.deleted === true) return 'ignored'; // of a branch there is nothing to scan any more
  const parsed = schemas[event].safeParse(payload);
  if (!parsed.success) return 'invalid';
  return actions[event]?.includes(parsed.data.action ?? '') === false ? 'ignored' : parsed.data;
}

function isKnown(event: string): event is KnownEvent {
  return Object.hasOwn(schemas, event);
}
