import { auditHeadSchema, type AuditHeadView } from '@lib/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { tenantQuery } from '../api/queries.ts';
import { read } from '../api/request.ts';
import { compareHead, type LogFault, type LogQuestion, type LogVerdict } from '../audit/check-log.ts';
import { recallCheckpoint, rememberCheckpoint, type RememberedCheckpoint } from '../audit/kept-checkpoint.ts';
import { useLogCheck, type LogCheckState } from '../audit/use-log-check.ts';
import { formatCount, formatInstant } from '../text/format.ts';

const meanings: Readonly<Record<LogFault, string>> = {
  key_malformed: 'the key is none',
  key_changed: 'the log is signed by another key than before',
  checkpoint_malformed: 'a checkpoint is none',
  signature_invalid: 'a signature is not that of the key',
  other_log: 'a checkpoint is that of another log',
  unsupported: 'this browser cannot check an Ed25519 signature',
  rolled_back: 'the log is shorter than it was',
  split_view: 'the log has another root at the same size',
  forked: 'what was there has been rewritten',
  entry_missing: 'an entry is missing',
  entry_altered: 'an entry is not what was hashed',
  root_mismatch: 'the entries do not lead to the signed root',
  too_long: 'the log is too long for a browser; export it and check the bundle',
};
// what says that history was changed, and not that something was typed wrongly or could not be done
const alarming: ReadonlySet<LogFault> = new Set(['key_changed', 'rolled_back', 'split_view', 'forked']);

/** The check that needs no trust in the server's own: in this browser, against what it remembers and what its user has kept. */
export function LogCheck({ head }: { readonly head: AuditHeadView }): ReactNode {
  const tenant = useQuery(tenantQuery);
  return tenant.data === undefined ? null : <Check key={tenant.data.id} head={head} tenantId={tenant.data.id} />;
}

function Check({ head, tenantId }: { readonly head: AuditHeadView; readonly tenantId: string }): ReactNode {
  const [remembered, setRemembered] = useState(() => recallCheckpoint(localStorage, tenantId));
  const fields = useId();
  const [pasted, setPasted] = useState({ checkpoint: '', verifierKey: '' });
  const remember = (kept: RememberedCheckpoint): void => {
    rememberCheckpoint(localStorage, tenantId, kept);
    setRemembered(kept);
  };
  const seen = useComparison(head, remembered, remember);
  const { state, start } = useLogCheck((verdict, question) => {
    if (verdict.ok) remember({ ...question.head, keptAt: new Date().toISOString() });
  });
  const ask = async (): Promise<LogQuestion> => {
    // the newest head, or a log that has grown since the page was opened would be called longer than it says
    const { checkpoint, verifierKey } = await read('/v1/audit/head', auditHeadSchema);
    const own = remembered === undefined ? [] : [{ checkpoint: remembered.checkpoint, verifierKey: remembered.verifierKey }];
    return { head: { checkpoint, verifierKey }, kept: [...own, ...keptOf(pasted, verifierKey)] };
  };
  const alarm = seen ?? (state.kind === 'done' ? alarmOf(state.verdict) : undefined);
  return (
    <section className="card" aria-label="Check in this browser">
      {alarm !== undefined && (
        <div className="notice notice-bad alarms" role="alert">
          <h2>This is not the log that this browser has seen</h2>
          <p>{meanings[alarm]}. Keep what you have, and ask whoever runs Aegis with the checkpoint below in your hand.</p>
          {remembered !== undefined && <pre className="code">{remembered.checkpoint}</pre>}
        </div>
      )}
      <div className="card-head">
        <button
          type="button"
          className="button primary"
          disabled={state.kind === 'running'}
          onClick={() => {
            void start(ask());
          }}
        >
          {state.kind === 'running' ? 'Checking …' : 'Check in this browser'}
        </button>
        <span role="status">
          <CheckChip state={state} />
        </span>
      </div>
      {state.kind === 'running' && <progress max={Math.max(1, state.size)} value={state.done} aria-label="Entries checked" />}
      <p className="meta">
        Every entry is hashed again here, and the root compared with the signed one.{' '}
        {remembered === undefined
          ? 'This browser remembers no checkpoint yet.'
          : `This browser remembers ${sizeOf(remembered.checkpoint)} events, since ${formatInstant(remembered.keptAt)}.`}
      </p>
      <details>
        <summary>Compare with a checkpoint that you kept</summary>
        <div className="paste">
          <label htmlFor={`${fields}checkpoint`}>Checkpoint</label>
          <textarea
            id={`${fields}checkpoint`}
            rows={5}
            spellCheck={false}
            value={pasted.checkpoint}
            onChange={(event) => setPasted({ ...pasted, checkpoint: event.target.value })}
          />
          <label htmlFor={`${fields}key`}>Key from elsewhere (optional)</label>
          <input
            id={`${fields}key`}
            type="text"
            spellCheck={false}
            autoComplete="off"
            value={pasted.verifierKey}
            onChange={(event) => setPasted({ ...pasted, verifierKey: event.target.value })}
          />
        </div>
      </details>
    </section>
  );
}

/** Looks at each head that comes, against what is remembered. The first one is remembered; a later one when it has been checked. */
function useComparison(
  head: AuditHeadView,
  remembered: RememberedCheckpoint | undefined,
  remember: (kept: RememberedCheckpoint) => void,
): LogFault | undefined {
  const [fault, setFault] = useState<LogFault>();
  const latest = useRef({ remembered, remember });
  latest.current = { remembered, remember };
  const { checkpoint, verifierKey } = head;
  useEffect(() => {
    let over = false;
    const kept = latest.current.remembered;
    void compareHead({ head: { checkpoint, verifierKey }, kept: kept === undefined ? [] : [kept] }).then((verdict) => {
      if (over) return;
      setFault(alarmOf(verdict));
      if (verdict.ok && kept === undefined) latest.current.remember({ checkpoint, verifierKey, keptAt: new Date().toISOString() });
    });
    return () => {
      over = true;
    };
  }, [checkpoint, verifierKey]);
  return fault;
}

function alarmOf(verdict: LogVerdict): LogFault | undefined {
  return !verdict.ok && alarming.has(verdict.code) ? verdict.code : undefined;
}

function keptOf(pasted: { readonly checkpoint: string; readonly verifierKey: string }, published: string): LogQuestion['kept'] {
  const verifierKey = pasted.verifierKey.trim() === '' ? published : pasted.verifierKey.trim();
  // a text area ends a note as its user does
  return pasted.checkpoint.trim() === '' ? [] : [{ checkpoint: `${pasted.checkpoint.trim()}\n`, verifierKey }];
}

function sizeOf(checkpoint: string): string {
  return formatCount(Number(checkpoint.split('\n')[1] ?? 0));
}

// Absence of a verdict is never green.
function CheckChip({ state }: { readonly state: LogCheckState }): ReactNode {
  if (state.kind === 'failed') return <span className="chip wraps severity-medium">◆ not checked: {state.reason}</span>;
  if (state.kind === 'running') return null;
  if (state.kind === 'idle') return <span className="chip wraps severity-info">○ not checked in this browser yet</span>;
  const { verdict } = state;
  if (!verdict.ok) {
    return (
      <span
        className={`chip wraps ${verdict.code === 'unsupported' || verdict.code === 'too_long' ? 'severity-medium' : 'severity-critical'}`}
      >
        ✕ {meanings[verdict.code]}
        {verdict.index !== null && ` (entry ${String(verdict.index)})`}
      </span>
    );
  }
  const older = verdict.extends.length === 0 ? '' : `; it extends what was kept at ${verdict.extends.map(formatCount).join(' and ')}`;
  return (
    <span className="chip wraps severity-ok">
      ✓ {formatCount(verdict.size)} events hashed here, signature valid{older}
    </span>
  );
}
