import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiFailure } from './request.ts';

const retriesMax = 2;

/** One cache for the page. Without a session every failed read leads to the sign-in page, and back afterwards. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (!(error instanceof ApiFailure)) return;
      if (error.status === 401) leaveToSignIn();
      // another owner closes the account: the shell shows what is left to do
      if (error.problem?.code === 'tenant.closing') void queryClient.invalidateQueries({ queryKey: ['tenant'] });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => count < retriesMax && error instanceof ApiFailure && (error.status === 0 || error.status >= 500),
    },
  },
});

function leaveToSignIn(): void {
  if (location.pathname === '/sign-in') return;
  const back = encodeURIComponent(location.pathname + location.search);
  location.assign(`/sign-in?back=${back}`);
}
