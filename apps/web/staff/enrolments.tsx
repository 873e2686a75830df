import type { StaffEnrolmentsView } from '@lib/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { fieldText } from '../text/field-text.ts';
import { actSigned } from './staff-acts.ts';
import { enrolmentsQuery, lookAgain } from './staff-queries.ts';

const somebodyNew = 'new';

/** Who waits to be let in. Two of staff say whose it is; each has made sure by other means than this page. */
export function Enrolments({ selfId }: { readonly selfId: string }): ReactNode {
  const enrolments = useQuery(enrolmentsQuery);
  const items = enrolments.data?.items ?? [];
  const people = (enrolments.data?.people ?? []).filter(({ id, state }) => id !== selfId && state === 'active');
  return (
    <>
      <People people={people} />
      {items.length > 0 && <Waiting items={items} people={people} selfId={selfId} />}
    </>
  );
}

type WaitingProps = StaffEnrolmentsView & { readonly selfId: string };

function Waiting({ items, people, selfId }: WaitingProps): ReactNode {
  return (
    <section className="card" aria-label="Who waits to be let in">
      <h2>Who waits to be let in</h2>
      <ul className="plain-list">
        {items.map((item) => (
          <li key={item.id}>
            <Grant item={item} people={people} selfId={selfId} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function People({ people }: Pick<StaffEnrolmentsView, 'people'>): ReactNode {
  const leave = useMutation({
    mutationFn: (personId: string) => actSigned('shut-out', '/v1/people/shut-out', { personId }),
    onSettled: lookAgain,
  });
  return (
    <section className="card" aria-label="People">
      <h2>Others of staff</h2>
      <p className="meta">Shutting out takes one of us and counts at once; letting in again takes two.</p>
      <ul className="plain-list">
        {people.map(({ id, name, passkeys }) => (
          <li key={id}>
            {name}, {passkeys} authenticators{' '}
            <button type="button" className="button" disabled={leave.isPending} onClick={() => leave.mutate(id)}>
              Shut out
              <span className="visually-hidden"> {name}</span>
            </button>
          </li>
        ))}
      </ul>
      <div className="form-failure" role="alert">
        {leave.error?.message}
      </div>
    </section>
  );
}

type GrantProps = {
  readonly item: StaffEnrolmentsView['items'][number];
  readonly people: StaffEnrolmentsView['people'];
  readonly selfId: string;
};

function Grant({ item, people, selfId }: GrantProps): ReactNode {
  const grant = useMutation({
    mutationFn: (personId: string | null) => actSigned('grant', '/v1/enrolments/grant', { enrolmentId: item.id, personId }),
    onSettled: lookAgain,
  });
  const isDone = item.secondBy !== null || item.firstBy === selfId;
  return (
    <form
      className="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        const whose = fieldText(event.currentTarget, 'whose');
        grant.mutate(whose === somebodyNew ? null : whose);
      }}
    >
      <span>
        {item.name}, number <code>{item.id}</code>
        {item.firstBy !== null && ', one has agreed'}
        {item.secondBy !== null && ', two have agreed'}
      </span>
      {!isDone && (
        <>
          <label>
            <span className="visually-hidden">Who {item.name} is</span>
            <select name="whose" defaultValue={item.personId ?? somebodyNew}>
              <option value={somebodyNew}>somebody new</option>
              {people.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}, who lost every authenticator
                </option>
              ))}
            </select>
          </label>
          <button type="submit" className="button" disabled={grant.isPending}>
            I am sure
          </button>
        </>
      )}
      <span className="form-failure" role="alert">
        {grant.error?.message}
      </span>
    </form>
  );
}
