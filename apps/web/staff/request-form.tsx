import { accessScopes } from '@lib/contract';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { fieldText } from '../text/field-text.ts';
import { actSigned } from './staff-acts.ts';
import { lookAgain } from './staff-queries.ts';

/** Asks to reach a tenant. The customer is told at once, whatever comes of it. */
export function RequestForm(): ReactNode {
  const ask = useMutation({
    mutationFn: (body: Readonly<Record<string, unknown>>) => actSigned('request', '/v1/elevations', body),
    onSettled: lookAgain,
  });
  return (
    <section className="card" aria-label="New elevation">
      <h2>Reach a tenant by a ticket</h2>
      <form
        className="staff-form"
        onSubmit={(event) => {
          event.preventDefault();
          const text = (name: string): string => fieldText(event.currentTarget, name);
          ask.mutate({
            tenantId: text('tenantId'),
            scope: text('scope'),
            ticket: text('ticket'),
            reason: text('reason'),
            minutes: Number(text('minutes')),
          });
        }}
      >
        <label>
          Tenant, as the ticket names it
          <input name="tenantId" required minLength={36} maxLength={36} autoComplete="off" />
        </label>
        <label>
          How far
          <select name="scope">
            {accessScopes.map((scope) => (
              <option key={scope} value={scope}>
                {scope === 'metadata' ? 'metadata' : `${scope}: another person of staff must agree`}
              </option>
            ))}
          </select>
        </label>
        <label>
          Ticket
          <input name="ticket" required minLength={2} maxLength={64} autoComplete="off" />
        </label>
        <label>
          Reason, which the customer reads
          <input name="reason" required minLength={10} maxLength={200} autoComplete="off" />
        </label>
        <label>
          Minutes
          <input name="minutes" type="number" required min={1} max={60} defaultValue={30} />
        </label>
        <button type="submit" className="button primary" disabled={ask.isPending}>
          Ask
        </button>
      </form>
      <div className="form-failure" role="alert">
        {ask.error?.message}
      </div>
    </section>
  );
}
