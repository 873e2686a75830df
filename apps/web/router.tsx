import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router';
import { suppressionStandingSchema } from '@lib/contract';
import { z } from 'zod';
import { AccessPage } from './pages/access-page.tsx';
import { AccountPage } from './pages/account-page.tsx';
import { AuditPage } from './pages/audit-page.tsx';
import { CiPage } from './pages/ci-page.tsx';
import { CompanyPage } from './pages/company-page.tsx';
import { CompanyReturnPage } from './pages/company-return-page.tsx';
import { ConnectPage } from './pages/connect-page.tsx';
import { FindingPage } from './pages/finding-page.tsx';
import { FindingsPage } from './pages/findings-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { IsolationPage } from './pages/isolation-page.tsx';
import { JoinPage } from './pages/join-page.tsx';
import { MembersPage } from './pages/members-page.tsx';
import { OverviewPage } from './pages/overview-page.tsx';
import { RepositoriesPage } from './pages/repositories-page.tsx';
import { ScanPage } from './pages/scan-page.tsx';
import { ScansPage } from './pages/scans-page.tsx';
import { SignInPage } from './pages/sign-in-page.tsx';
import { SigningInPage } from './pages/signing-in-page.tsx';
import { SuppressionsPage } from './pages/suppressions-page.tsx';
import { TokensPage } from './pages/tokens-page.tsx';
import { readSearch, writeSearch } from './search.ts';
import { Shell } from './shell.tsx';

/** What the findings address may hold; anything else is left out rather than refused. */
const findingsSearchSchema = z.object({
  severity: z.string().optional().catch(undefined),
  analyzer: z.string().optional().catch(undefined),
  state: z.string().optional().catch(undefined),
  repositoryId: z.string().optional().catch(undefined),
  scanId: z.string().optional().catch(undefined),
  path: z.string().optional().catch(undefined),
  ruleId: z.string().optional().catch(undefined),
  f: z.string().optional().catch(undefined),
});
export type FindingsSearch = z.infer<typeof findingsSearchSchema>;

const rootRoute = createRootRoute({ notFoundComponent: NotFoundPage });
const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: z.object({ back: z.string().optional().catch(undefined), company: z.string().optional().catch(undefined) }),
  component: SignInPage,
});
const companyReturnRoute = createRoute({ getParentRoute: () => rootRoute, path: '/sign-in/company', component: CompanyReturnPage });
const joinRoute = createRoute({ getParentRoute: () => rootRoute, path: '/join', component: JoinPage });
const shellRoute = createRoute({ getParentRoute: () => rootRoute, id: 'shell', component: Shell });
const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    // the address that start-up prints carries the code in its fragment, which no server ever sees
    if (location.hash.startsWith('#code=')) redirect({ to: '/sign-in', hash: location.hash.slice(1), throw: true });
    redirect({ to: '/overview', throw: true });
  },
});
const overviewRoute = createRoute({ getParentRoute: () => shellRoute, path: '/overview', component: OverviewPage });
const scansRoute = createRoute({ getParentRoute: () => shellRoute, path: '/scans', component: ScansPage });
const scanRoute = createRoute({ getParentRoute: () => shellRoute, path: '/scans/$scanId', component: ScanPage });
const findingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/findings',
  validateSearch: findingsSearchSchema,
  component: FindingsPage,
});
const findingRoute = createRoute({ getParentRoute: () => shellRoute, path: '/findings/$findingId', component: FindingPage });
const suppressionsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/suppressions',
  validateSearch: z.object({ standing: suppressionStandingSchema.optional().catch(undefined) }),
  component: SuppressionsPage,
});
const repositoriesRoute = createRoute({ getParentRoute: () => shellRoute, path: '/repositories', component: RepositoriesPage });
const connectRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/connect',
  validateSearch: z.object({
    code: z.string().optional().catch(undefined),
    state: z.string().optional().catch(undefined),
    installation_id: z.string().optional().catch(undefined),
  }),
  component: ConnectPage,
});
const auditRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/audit',
  validateSearch: z.object({ export: z.string().optional().catch(undefined) }),
  component: AuditPage,
});

const membersRoute = createRoute({ getParentRoute: () => shellRoute, path: '/settings/members', component: MembersPage });
const signingInRoute = createRoute({ getParentRoute: () => shellRoute, path: '/settings/sign-in', component: SigningInPage });
const tokensRoute = createRoute({ getParentRoute: () => shellRoute, path: '/settings/tokens', component: TokensPage });
const isolationRoute = createRoute({ getParentRoute: () => shellRoute, path: '/settings/isolation', component: IsolationPage });
const companyRoute = createRoute({ getParentRoute: () => shellRoute, path: '/settings/company', component: CompanyPage });
const ciRoute = createRoute({ getParentRoute: () => shellRoute, path: '/settings/ci', component: CiPage });
const accessRoute = createRoute({ getParentRoute: () => shellRoute, path: '/settings/access', component: AccessPage });
const accountRoute = createRoute({ getParentRoute: () => shellRoute, path: '/settings/account', component: AccountPage });

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    homeRoute,
    signInRoute,
    companyReturnRoute,
    joinRoute,
    shellRoute.addChildren([
      overviewRoute,
      scansRoute,
      scanRoute,
      findingsRoute,
      findingRoute,
      suppressionsRoute,
      auditRoute,
      repositoriesRoute,
      connectRoute,
      membersRoute,
      signingInRoute,
      tokensRoute,
      companyRoute,
      ciRoute,
      accessRoute,
      accountRoute,
      isolationRoute,
    ]),
  ]),
  parseSearch: readSearch,
  stringifySearch: writeSearch,
});

declare module '@tanstack/react-router' {
  // the router's own way of being told which routes exist
  interface Register {
    router: typeof router;
  }
}
