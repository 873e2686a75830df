import { listForgeApps } from '@lib/contract';
import { queryOptions } from '@tanstack/react-query';
import { read } from './request.ts';

/** Apps that this tenant has registered with GitHub, and where they are installed. */
export const forgeAppsQuery = queryOptions({
  queryKey: ['forge-apps'],
  queryFn: ({ signal }) => read('/v1/forge/apps', listForgeApps.answers[200].schema, signal),
});
