import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, type ReactNode } from 'react';
import { claimInstallation, forgeManifests, listForgeApps, registeredAppSchema, type ForgeAppView, type ForgeKind } from '@lib/contract';
import { forgeAppsQuery } from '../api/connect-queries.ts';
import { queryClient } from '../api/query-client.ts';
import { tenantQuery } from '../api/queries.ts';
import { ApiFailure, change, read } from '../api/request.ts';
import { ConnectedApp } from '../parts/connected-app.tsx';
import { RegisterApp } from '../parts/register-app.tsx';
import { RegisterByKey } from '../parts/register-by-key.tsx';
import { FailureNotice, Notice } from '../parts/notice.tsx';
import { useTitle } from '../use-title.ts';

/** From registering an App to the first installation: GitHub sends the browser back here after each of the two steps. */
export function ConnectPage(): ReactNode {
  const tenant = useQuery(tenantQuery);
  const apps = useQuery(forgeAppsQuery);
  useTitle('Connect GitHub');
  const finish = useReturn();
  const mayConnect = new Set(tenant.data?.self.permissions).has('forge.connect');
  const known = apps.data?.items ?? [];
  return (
    <div className="page narrow">
      <div className="page-head">
        <h1>Connect GitHub</h1>
      </div>
      <Returned finish={finish} />
      {apps.isError && <FailureNotice error={apps.error} retry={() => void apps.refetch()} />}
      {known.map((app) => (
        <ConnectedApp key={app.id} app={app} />
      ))}
      {apps.isSuccess &&
        mayConnect &&
        kindsLeft(known).map((kind) => (
          <RegisterApp key={kind} kind={kind} manifest={forgeManifests[kind]} optional={kind === 'remediator'} />
        ))}
      {mayConnect && <RegisterByKey />}
      {tenant.isSuccess && !mayConnect && <Notice title="Only an owner or an admin can connect GitHub">You see what is connected.</Notice>}
    </div>
  );
}

function Returned({ finish }: { readonly finish: ReturnType<typeof useReturn> }): ReactNode {
  if (finish.isPending) return <p role="status">GitHub has sent you back; finishing …</p>;
  if (finish.isError)
    return (
      <Notice title="GitHub's answer was not taken" tone="bad">
        {finish.error.message}
      </Notice>
    );
  return finish.isSuccess ? (
    <Notice title="Done" tone="good">
      {finish.data}
    </Notice>
  ) : null;
}

const kindsLeft = (known: readonly ForgeAppView[]): readonly ForgeKind[] =>
  (['reader', 'remediator'] as const).filter((kind) => !known.some((app) => app.kind === kind));

/** What GitHub brought in the address is used once and taken out of it, so that neither a reload nor the history repeats it. */
function useReturn() {
  const { code, state, installation_id: installation } = useSearch({ from: '/shell/connect' });
  const navigate = useNavigate();
  const begun = useRef(false);
  const finish = useMutation({
    mutationFn: (back: Back) => (back.by === 'code' ? takeCode(back.code, back.state) : takeInstallation(back.installation)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: forgeAppsQuery.queryKey }),
  });
  const { mutate } = finish;
  useEffect(() => {
    const back = backOf({ code, state, installation });
    if (back === undefined || begun.current) return;
    begun.current = true;
    mutate(back);
    void navigate({ to: '/connect', search: {}, replace: true });
  }, [code, state, installation, mutate, navigate]);
  return finish;
}

type Back =
  { readonly by: 'code'; readonly code: string; readonly state: string } | { readonly by: 'installation'; readonly installation: number };

function backOf(given: Readonly<Record<'code' | 'state' | 'installation', string | undefined>>): Back | undefined {
  const { code, state, installation } = given;
  if (code !== undefined && state !== undefined) return { by: 'code', code, state };
  const number = Number(installation);
  return Number.isSafeInteger(number) && number > 0 ? { by: 'installation', installation: number } : undefined;
}

async function takeCode(code: string, state: string): Promise<string> {
  await change('POST', '/v1/forge/apps', { body: { by: 'manifest', code, state }, schema: registeredAppSchema });
  return 'The App is registered and its key lies in the key store. Now install it.';
}

// GitHub names the installation, not the App: it is the one of ours that GitHub says it is of.
async function takeInstallation(installation: number): Promise<string> {
  const { items } = await read(listForgeApps.path, listForgeApps.answers[200].schema);
  for (const app of items) {
    const claimed = await claim(app.id, installation);
    if (claimed !== undefined) return `Installed on ${claimed}. Its repositories appear under Repositories.`;
  }
  throw new ApiFailure(404, undefined);
}

async function claim(appId: string, installation: number): Promise<string | undefined> {
  try {
    const path = claimInstallation.path.replace('{forgeAppId}', appId);
    return (await change('POST', path, { body: { installation }, schema: claimInstallation.answers[201].schema }))?.account;
  } catch (error) {
    if (error instanceof ApiFailure && error.problem?.code === 'forge.installation_not_found') return undefined;
    throw error;
  }
}
