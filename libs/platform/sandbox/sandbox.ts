import type { AnalyzerName, AnalyzerRun, CoverageEntry, CoverageReason, SandboxLayers, SandboxMessage } from '@lib/contract';
import type { Result } from '@lib/kernel';

/** One analysis of one sealed tree. Units: ms. */
export type SandboxRequest = {
  /** A folder that `sealFolder` made. */
  readonly treeDirectory: string;
  readonly analyzers: readonly AnalyzerName[];
  readonly wallMs: number;
  /** Cancels: SIGTERM, the grace, SIGKILL. What was found stays. */
  readonly signal?: AbortSignal;
};

/** How an analysis ended. Only `finished` means that every message arrived. */
export type SandboxEnding = 'finished' | 'timed_out' | 'cancelled' | 'crashed' | 'escape_attempt' | 'protocol_error';

/** What is known after the sandbox is gone; the findings went through `onMessage`, one by one, and are not kept here. */
export type SandboxOutcome = {
  readonly ending: SandboxEnding;
  /** One line on an ending that is not `finished`: a signal, an exit code, the first line that did not fit. Never content. */
  readonly detail: string;
  readonly layers: SandboxLayers;
  readonly runs: readonly AnalyzerRun[];
  readonly findingCount: number;
  /** The first `limits.coverageEntriesMax`; `coverageCounts` has them all. */
  readonly coverage: readonly CoverageEntry[];
  readonly coverageCounts: Readonly<Partial<Record<CoverageReason, number>>>;
  readonly stderrBytes: number;
};

/** Nothing ran: the walls that must stand are not there. */
export type SandboxRefusal = { readonly code: 'sandbox.layers_missing'; readonly missing: readonly string[] };

/**
 * Runs analyzers behind walls. `onMessage` gets every finding, coverage entry, progress and run as it arrives, each already parsed;
 * while its promise is pending the analysis waits.
 * Errors: `sandbox.layers_missing`. Fault `sandbox.start_failed` when the runtime itself is broken.
 */
export type Sandbox = {
  readonly run: (
    request: SandboxRequest,
    onMessage: (message: SandboxMessage) => void | Promise<void>,
  ) => Promise<Result<SandboxOutcome, SandboxRefusal>>;
};

/** Layers of a process that never said which it stands behind. */
export const noLayers: SandboxLayers = {
  launcher: 'absent',
  noNewPrivileges: false,
  landlockAbi: 0,
  seccompStage1: false,
  seccompStage2: false,
  bubblewrap: false,
  unprivilegedUser: false,
  cgroup: false,
};
