/** Named parts of `npm test` that are worth running by themselves; each prints one line a guarantee. Paths are prefixes, as Vitest takes them. */
export const suites = {
  github: {
    title: 'GitHub, as others wrote it down',
    specs: ['tools/github/', 'libs/platform/forge/', 'libs/flow/forge/', 'apps/cli/github/'],
  },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly specs: readonly string[] }>>;
