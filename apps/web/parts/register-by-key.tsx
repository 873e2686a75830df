import { registeredAppSchema } from '@lib/contract';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { forgeAppsQuery } from '../api/connect-queries.ts';
import { queryClient } from '../api/query-client.ts';
import { change } from '../api/request.ts';
import { fieldText } from '../text/field-text.ts';
import { ShownOnce } from './shown-once.tsx';

/** Takes over an App that was registered by hand: the way for Enterprise Server, and where no public address is set. */
export function RegisterByKey(): ReactNode {
  const register = useMutation({
    mutationFn: (body: object) => change('POST', '/v1/forge/apps', { body, schema: registeredAppSchema }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: forgeAppsQuery.queryKey }),
  });
  return (
    <details className="card">
      <summary>An App that is registered already, or GitHub Enterprise Server</summary>
      <form
        className="stacked-form"
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          const webUrl = fieldText(form, 'webUrl').replace(/\/$/u, '');
          register.mutate(
            {
              by: 'key',
              kind: fieldText(form, 'kind'),
              webUrl,
              apiUrl: webUrl === 'https://github.com' ? 'https://api.github.com' : `${webUrl}/api/v3`,
              externalId: Number(fieldText(form, 'externalId')),
              webhookSecret: fieldText(form, 'webhookSecret'),
              pem: fieldText(form, 'pem'),
            },
            { onSuccess: () => form.reset() }, // the key does not stay in the page
          );
        }}
      >
        <label>
          Which App
          <select name="kind">
            <option value="reader">reader</option>
            <option value="remediator">remediator</option>
          </select>
        </label>
        <label>
          Where GitHub is
          <input name="webUrl" type="url" required defaultValue="https://github.com" maxLength={255} autoComplete="off" />
        </label>
        <label>
          App id
          <input name="externalId" required inputMode="numeric" pattern="[0-9]+" autoComplete="off" />
        </label>
        <label>
          Webhook secret
          <input name="webhookSecret" type="password" required minLength={16} maxLength={200} autoComplete="off" />
        </label>
        <label>
          Private key (PEM)
          <textarea name="pem" required rows={4} autoComplete="off" spellCheck={false} />
        </label>
        <button type="submit" className="button" disabled={register.isPending}>
          Take it over
        </button>
        <div className="form-failure" role="alert">
          {register.error?.message}
        </div>
      </form>
      {register.data !== undefined && <ShownOnce what="Set this as the App's webhook address" secret={register.data.hookUrl} />}
    </details>
  );
}
