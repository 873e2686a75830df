import { useState, type ReactNode } from 'react';

/** A secret that is on this page and nowhere else: to be taken along now. */
export function ShownOnce({ what, secret }: { readonly what: string; readonly secret: string }): ReactNode {
  const [copied, setCopied] = useState(false);
  return (
    <div className="notice notice-good" role="status">
      <h2>{what}</h2>
      <div>
        <p>It is shown this once and kept nowhere.</p>
        <p>
          <code className="digest shown-once">{secret}</code>
        </p>
        <button type="button" className="button" onClick={() => void navigator.clipboard.writeText(secret).then(() => setCopied(true))}>
          {copied ? 'Copied' : 'Copy'}
        </button>
      </div>
    </div>
  );
}
