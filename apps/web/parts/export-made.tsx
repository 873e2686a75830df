import type { AuditExportView } from '@lib/contract';
import type { ReactNode } from 'react';
import { formatCount, formatInstant } from '../text/format.ts';

/** How far an export is; once it is made, the way to it. */
export function ExportMade({ made }: { readonly made: AuditExportView }): ReactNode {
  if (made.state === 'failed') return <span className="chip wraps severity-critical">✕ it could not be made: {made.errorCode}</span>;
  if (made.state === 'running') {
    return (
      <div role="status">
        <progress max={Math.max(1, made.size)} value={made.done} aria-label="Entries exported" />
        <span className="meta">
          {formatCount(made.done)} of {formatCount(made.size)} events
        </span>
      </div>
    );
  }
  return (
    <p role="status">
      <a className="button primary" href={`/v1/audit/exports/${made.id}/bundle`} download>
        Download
      </a>{' '}
      <span className="meta">
        {formatCount(made.size)} events, {formatCount(made.bytes ?? 0)} bytes
        {made.expiresAt !== null && `, until ${formatInstant(made.expiresAt)}`}
      </span>
    </p>
  );
}
