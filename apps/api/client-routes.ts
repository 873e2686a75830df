/** Addresses that the dashboard's own router knows, besides `/`: they answer with its page, and nothing else does. */
export const clientRoutes: readonly string[] = [
  '/',
  '/sign-in',
  '/overview',
  '/repositories',
  '/repositories/:id',
  '/scans',
  '/scans/:id',
  '/findings',
  '/findings/:id',
  '/audit',
  '/audit/verify',
  '/jobs',
  '/settings',
  '/settings/tokens',
];
