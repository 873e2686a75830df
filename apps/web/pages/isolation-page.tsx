import { runIsolationProbe, type ProbeTried, type SignedIsolation } from '@lib/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { tenantQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { ApiFailure, change } from '../api/request.ts';
import { isolationQuery } from '../api/settings-queries.ts';
import { FailureNotice } from '../parts/notice.tsx';
import { SettingsFrame } from '../parts/settings-frame.tsx';
import { formatCount, formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';

const runProbe = (): Promise<unknown> => change('POST', '/v1/isolation/probe', { schema: runIsolationProbe.answers[201].schema });

/** A tenant has its own isolation attacked, and takes the signed answer away. */
export function IsolationPage(): ReactNode {
  const tenant = useQuery(tenantQuery);
  const newest = useQuery(isolationQuery);
  const run = useMutation({ mutationFn: runProbe, onSettled: () => queryClient.invalidateQueries({ queryKey: ['isolation'] }) });
  const mayRun = tenant.data?.self.permissions.includes('isolation.probe') === true;
  const never = newest.error instanceof ApiFailure && newest.error.problem?.code === 'isolation.never_ran';
  return (
    <SettingsFrame title="Isolation">
      <p className="meta">
        A decoy tenant is made for you. The service then tries to reach it as you: in the database and by the keys. What came back is signed
        with the key of your audit log, and its digest is an entry there.
      </p>
      {mayRun && (
        <button type="button" className="button" disabled={run.isPending} onClick={() => run.mutate()}>
          {run.isPending ? 'Probing …' : 'Probe now'}
        </button>
      )}
      {run.isError && (
        <div className="form-failure" role="alert">
          {run.error.message}
        </div>
      )}
      {newest.isPending && <p role="status">Loading …</p>}
      {never && <p role="status">It has not run yet.</p>}
      {newest.isError && !never && <FailureNotice error={newest.error} retry={() => void newest.refetch()} />}
      {newest.data !== undefined && <Result signed={newest.data} />}
    </SettingsFrame>
  );
}

function Result({ signed: { result, note, verifierKey } }: { readonly signed: SignedIsolation }): ReactNode {
  const { held, breached, notRun, decoy, product, startedAt, probes } = result;
  return (
    <section className="card" aria-label="Newest result">
      <h2>{breached === 0 ? `${formatCount(held)} attempts held` : `${formatCount(breached)} attempts got through`}</h2>
      <p className="meta">
        {formatInstant(startedAt)} · Aegis {product} · {formatCount(decoy.rows)} rows of the decoy were there to be found
        {notRun > 0 && ` · ${formatCount(notRun)} could not be tried`}
      </p>
      <ul>
        {probes.map((probe) => (
          <Tried key={probe.id} probe={probe} />
        ))}
      </ul>
      <p>
        <a className="button" download="isolation-probe.note" href={`data:text/plain;charset=utf-8,${encodeURIComponent(note)}`}>
          Save the signed result
        </a>
      </p>
      <p className="meta">
        It is checked offline by <code>aegis isolation verify</code> with the key <code>{verifierKey}</code>
      </p>
    </section>
  );
}

const outcomes = { held: 'held', breached: 'got through', 'not-run': 'not tried' } as const;

function Tried({ probe: { id, what, outcome, answer } }: { readonly probe: ProbeTried }): ReactNode {
  return (
    <li>
      <strong>{outcomes[outcome]}</strong>: <VisibleText text={what} />{' '}
      <span className="meta">
        {id}, answered <VisibleText text={answer} />
      </span>
    </li>
  );
}
