/** Probes of things that the product does not have, and the folder whose coming calls for them: an attack on nothing would be green for nothing. */
export const waitingProbes: readonly { readonly id: string; readonly what: string; readonly comesWith: string }[] = [
  {
    id: 'P51',
    what: 'a role in a cloud account is taken on without its external id, with that of another, or outside of a scan',
    comesWith: 'libs/platform/clouds',
  },
  { id: 'P53', what: 'a prompt is built from evidence of two tenants', comesWith: 'libs/engine/reason' },
];

/** Probes that a spec of their own makes, beside what they attack. */
export const probesElsewhere = [
  {
    id: 'P54',
    what: 'something of a tenant is left after its account was closed',
    shownBy: 'libs/flow/closing/finish-closing/finish-closing.db.spec.ts',
  },
] as const;
