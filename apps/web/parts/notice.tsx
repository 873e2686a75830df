import type { ReactNode } from 'react';
import { ApiFailure } from '../api/request.ts';

/** What a page says instead of content: a title, a sentence, perhaps something to do. */
export function Notice(props: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly tone?: 'plain' | 'bad' | 'good';
}): ReactNode {
  return (
    <div className={`notice notice-${props.tone ?? 'plain'}`} role={props.tone === 'bad' ? 'alert' : 'status'}>
      <h2>{props.title}</h2>
      {props.children !== undefined && <div>{props.children}</div>}
    </div>
  );
}

/** A read that failed, with the code and request id that support will ask for, and a way to try again. */
export function FailureNotice({ error, retry }: { readonly error: Error; readonly retry: () => void }): ReactNode {
  const problem = error instanceof ApiFailure ? error.problem : undefined;
  const missing = error instanceof ApiFailure && error.status === 404;
  return (
    <Notice title={missing ? 'Nothing here' : 'This could not be loaded'} tone="bad">
      <p>{missing ? 'It does not exist, or it is not yours to see.' : error.message}</p>
      {problem !== undefined && (
        <p className="meta">
          <code>{problem.code}</code> · request <code>{problem.requestId}</code>
        </p>
      )}
      {!missing && (
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      )}
    </Notice>
  );
}
