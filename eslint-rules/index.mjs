/** The repository's own rules, as one plugin. Each has a spec beside it. */
export const aegisPlugin = { meta: { name: 'aegis' }, rules: {} };
