import type { Readable } from 'node:stream';
import type { AnalyzerName, AnalyzerRun, ArchiveFormat, CoverageEntry, CoverageReason, SandboxLayers, SandboxMessage } from '@lib/contract';
import type { SandboxEnding, ScanId, TenantId } from '@lib/contract';
import type { Result } from '@lib/kernel';

/** Puts a tenant's key over the digest of a secret; both hexadecimal. */
export type KeySecret = (digest: string) => string;

/** One analysis of one sealed tree. Units: ms. */
export type SandboxRequest = {
  /** A folder that `sealFolder` made. */
  readonly treeDirectory: string;
  readonly analyzers: readonly AnalyzerName[];
  readonly wallMs: number;
  /** Whose analysis it is, for a sandbox that must name it to others (tags of a cloud task). A local one does without. */
  readonly owner?: ScanOwner;
  /** The tenant's key over the digests of secrets; without it none is kept of them. Stays on this side of the walls. */
  readonly keySecret?: KeySecret | undefined;
  /** Cancels: SIGTERM, the grace, SIGKILL. What was found stays. */
  readonly signal?: AbortSignal;
};

/** The scan that an analysis belongs to. */
export type ScanOwner = { readonly tenantId: TenantId; readonly scanId: ScanId };

/** How any program behind the walls ended. `input_failed`: what was fed to it broke off, so that what it made is not to be used. */
export type SupervisedEnding = SandboxEnding | 'input_failed';

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

/** Parses one value of a line, as a zod schema does. */
export type MessageSchema<M> = {
  readonly safeParse: (value: unknown) => { readonly success: true; readonly data: M } | { readonly success: false };
};

/** One archive to unpack. Units: ms. */
export type UnpackRequest<M> = {
  /**
   * The bytes of the archive. A stream is read no faster than the unpacker takes them, and destroyed when it ends before them. The
   * descriptor of a file that is open for reading is handed over as it is, so that the unpacker can read it anywhere; the caller closes it.
   */
  readonly input: Readable | number;
  readonly format: ArchiveFormat;
  /**
   * An existing folder, the only place where the unpacker may make, write, rename and remove files and folders. As root it must lie below
   * folders that everybody may pass; it belongs to the run's own user while that runs and to us, closed to others, afterwards. What is made
   * in it should have the modes 0644 and 0755: the top folder is the gate, and whoever it is lent to next is another user.
   */
  readonly targetDirectory: string;
  readonly wallMs: number;
  /** Cancels: SIGTERM, the grace, SIGKILL. */
  readonly signal?: AbortSignal;
  /** What a line between `locked` and `end` must fit. A line that does not ends the unpacking as `protocol_error`. */
  readonly messages: MessageSchema<M>;
};

/** What is known after the unpacker is gone. Only `finished` means that every message arrived and that it ended by itself. */
export type UnpackOutcome = {
  readonly ending: SupervisedEnding;
  readonly detail: string;
  readonly layers: SandboxLayers;
  readonly stderrBytes: number;
};

/**
 * Unpacks an archive behind the same walls. `onMessage` gets each line as it arrives, parsed; while its promise is pending the unpacker waits.
 * Errors: `sandbox.layers_missing`. Fault `sandbox.start_failed` when the runtime is broken or the target cannot be lent.
 */
export type Unpacker = {
  readonly unpack: <M>(
    request: UnpackRequest<M>,
    onMessage: (message: M) => void | Promise<void>,
  ) => Promise<Result<UnpackOutcome, SandboxRefusal>>;
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
