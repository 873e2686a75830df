/** Addresses that the dashboard's own router knows: they answer with its page, and nothing else does. */
export const clientRoutes: readonly string[] = [
  '/',
  '/sign-in',
  '/overview',
  '/scans',
  '/scans/:id',
  '/findings',
  '/findings/:id',
  '/audit',
  '/repositories',
  '/connect',
  '/join',
  '/settings/members',
  '/settings/sign-in',
  '/settings/tokens',
  '/settings/access',
  '/settings/account',
];
