/** A wall. A probe names those that must stop it; a mutant takes one away and must be seen by a probe that names it. */
export type Layer =
  'stage 1' | 'stage 2' | 'Landlock' | 'bubblewrap' | 'rlimits' | 'launcher' | 'user' | 'undumpable' | 'Node flags' | 'descriptors';

/** Which of the two file walls stand. Neither: the run is refused. */
export const fileWalls = ['bubblewrap+Landlock', 'bubblewrap', 'Landlock'] as const;
export type FileWalls = (typeof fileWalls)[number];

/** `ok` when it worked, else the name of the errno, the code of Node, or the signal that ended the process. */
export type Outcome = string;
export type Expected = Outcome | Readonly<Record<FileWalls, Outcome>>;

/** What whoever goes through a door dies of on a kernel that was built, or started, without it. */
export const noDoor: Outcome = 'SIGSEGV';

/** What the probes aim at: real peers and files, which the control run reaches. */
export type Targets = {
  readonly tree: string;
  readonly scratch: string;
  /** The one folder that the unpacker may fill. */
  readonly fill: string;
  readonly tcpPort: number;
  readonly udpPort: number;
  readonly unixSocket: string;
  readonly abstractSocket: string;
  /** A folder and a file of another tenant's run, as readable as modes can make them. */
  readonly neighbour: string;
  readonly sharedMemory: string;
  /** A System V segment of another user, open to all; -1 where none could be made. */
  readonly sharedSegment: number;
  readonly supervisorPid: number;
  /** What the supervisor has and the sandbox must have its own of: namespaces by kind. */
  readonly supervisorNamespaces: Readonly<Record<string, string>>;
  readonly supervisorSession: number;
};

export type CallArgument = number | bigint | string | Uint8Array;

/** What an attempt is given. Results of raw calls are the kernel's own: negative is an errno. */
export type Kit = {
  readonly targets: Targets;
  readonly call: (name: string, ...args: readonly CallArgument[]) => number;
  readonly callNumber: (number: number, ...args: readonly CallArgument[]) => number;
  readonly interrupt80: (number: number, ...args: readonly number[]) => number;
  readonly vsyscall: (index: number, ...args: readonly CallArgument[]) => number;
  readonly address: (bytes: Uint8Array) => number;
};

/** One thing that hostile code wants, as data and as code. */
export type Probe = {
  readonly id: string;
  readonly wants: string;
  /** The one call that it makes, where it is one. */
  readonly call?: string;
  readonly stoppedBy: readonly Layer[];
  /** A negative number is an errno, a text is the outcome itself, a throw its code; anything else, or a promise of it, is `ok`. */
  readonly attempt: (kit: Kit) => unknown;
  /** A way into the kernel that not every kernel has. Where the control run finds none, the walls have nothing to stop there. */
  readonly door?: 'int 0x80';
  /** Once every wall stands. */
  readonly locked: Expected;
  /** Behind stage 1 and the launcher's walls alone, before stage 2; not tried when it says nothing. */
  readonly early?: Expected;
  /** In the unpacker, which may fill one folder; not tried when it says nothing. */
  readonly filling?: Expected;
  /** With no wall, as an ordinary user. Where it is not `ok`, `bareWhy` says why the machine itself does not let it. */
  readonly bare: Outcome;
  readonly bareWhy?: string;
  /** What is left open, and why that is accepted. Such a probe shows the limit of the walls: it may have the outcome of the control run. */
  readonly residual?: string;
};

/** The outcome that a probe must have behind these file walls. */
export function expectedOutcome(expected: Expected, walls: FileWalls): Outcome {
  return typeof expected === 'string' ? expected : expected[walls];
}

/** Whether this kernel has the door that a probe goes through, by the control run. */
export function hasDoor({ id, door }: Pick<Probe, 'id' | 'door'>, bare: ReadonlyMap<string, Outcome>): boolean {
  return door === undefined || bare.get(id) !== noDoor;
}

/** A path that is not in the mount view, and not granted where there is none. */
export const hidden: Expected = { 'bubblewrap+Landlock': 'ENOENT', bubblewrap: 'ENOENT', Landlock: 'EACCES' };
