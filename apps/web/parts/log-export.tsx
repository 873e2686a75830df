import { auditExportSchema, auditViewNames } from '@lib/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { auditExportQuery } from '../api/queries.ts';
import { change } from '../api/request.ts';
import { ExportMade } from './export-made.tsx';
import { FailureNotice } from './notice.tsx';

const viewTitles: Readonly<Record<(typeof auditViewNames)[number], string>> = {
  jsonl: 'JSON Lines, the hashed bytes',
  csv: 'CSV',
  ocsf: 'OCSF',
  parquet: 'Parquet',
};

/** Asks for a bundle of the log, shows how far it is, and hands it over. Which one stands in the address. */
export function LogExport({ exportId }: { readonly exportId: string | undefined }): ReactNode {
  const [views, setViews] = useState<readonly string[]>(['jsonl', 'csv']);
  const navigate = useNavigate({ from: '/audit' });
  const ask = useMutation({
    mutationFn: () => change('POST', '/v1/audit/exports', { body: { views }, schema: auditExportSchema, key: crypto.randomUUID() }),
    onSuccess: (made) => navigate({ search: { export: made?.id }, replace: true }),
  });
  return (
    <section className="card" aria-label="Export">
      <h2>Take it away</h2>
      <fieldset className="choices">
        <legend className="meta">A bundle that anybody verifies offline: entries, tiles, checkpoint, key, a verifier, and</legend>
        {auditViewNames.map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={views.includes(name)}
              onChange={(event) => setViews(event.target.checked ? [...views, name] : views.filter((other) => other !== name))}
            />
            {viewTitles[name]}
          </label>
        ))}
      </fieldset>
      <div className="card-head">
        <button type="button" className="button" disabled={ask.isPending} onClick={() => ask.mutate()}>
          Export
        </button>
        <span className="form-failure" role="status">
          {ask.error?.message}
        </span>
      </div>
      {exportId !== undefined && <Progress exportId={exportId} />}
    </section>
  );
}

function Progress({ exportId }: { readonly exportId: string }): ReactNode {
  const made = useQuery(auditExportQuery(exportId));
  if (made.isError) return <FailureNotice error={made.error} retry={() => void made.refetch()} />;
  if (made.data === undefined) return <p role="status">Loading …</p>;
  return <ExportMade made={made.data} />;
}
