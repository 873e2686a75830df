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
  if (items.length === 0) return null;
  const people = (enrolments.data?.people ?? []).filter(({ id, state }) => id !== selfId && state === 'active');
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
