import type { AnalyzerName, Component, CoverageEntry, GrammarName, ReportedFinding, RuleHead } from '@lib/contract';
import type { Result } from '@lib/kernel';
import type { CodeUse } from './code-use.ts';

/** A file of the sealed tree, as ingest recorded it. `path` is POSIX and relative. */
export type TreeFile = { readonly path: string; readonly bytes: number; readonly sha256: string };

/**
 * What an analyzer sees of a repository: the files it wants. The host reads; an analyzer never opens a file.
 * `read` answers undefined when a file cannot be given (too large, gone); the host has then written the coverage entry.
 */
export type Tree = {
  readonly files: readonly TreeFile[];
  /** Files that the analyzer consults: they can be read, and are not counted as analysed. Absent where none are given. */
  readonly beside?: readonly TreeFile[];
  /** What source files do with packages, from an analyzer that has run before on the same tree. Absent where none has, or it did not end. */
  readonly codeUses?: readonly CodeUse[];
  readonly read: (path: string) => Uint8Array | undefined;
};

/** Where an analyzer puts what it learns. Every call is cheap; the host bounds, validates and forwards. */
export type Report = {
  readonly finding: (draft: ReportedFinding) => void;
  /** A package that a file resolves, for a bill of materials. Absent where nobody keeps one. */
  readonly component?: (component: Component) => void;
  /** What a source file does with packages; kept for analyzers that run later on the same tree. Absent where none of them asks. */
  readonly codeUse?: (use: CodeUse) => void;
  readonly coverage: (entry: Omit<CoverageEntry, 'analyzer'>) => void;
  /** Counts a wanted file as analysed; drives the progress display and the certificate. */
  readonly fileDone: (file: TreeFile) => void;
  /** A fact for the certificate, such as the date of the advisory data. */
  readonly note: (text: string) => void;
};

/**
 * Files of the release that an analyzer needs, given by the host: the engine has no I/O of its own. Whatever every tree needs is read by
 * `load` and `open`, before the sandbox closes; data (never code) that only some trees need may be read by `analyze`, behind the walls.
 * `sca.npm.osv` is the advisory file of that name, `sca.snapshot.json` the SHA-256 of each. `sast.rules.json` is every `*.yaml` under `libs/engine/sast/rules`, compiled by the build to one JSON list of `{ path, document }`,
 * sorted by path and without the rules' cases; `<analyzer>.<folder>.json` likewise for any other data folder. `*.wasm` is the file
 * of that name in the package that offers it.
 */
export type Assets = { readonly read: (name: string) => Uint8Array };

/** Why an analyzer cannot start. An operator's matter: a release with such an asset is broken. */
export type LoadError = {
  readonly code: 'analyzer.rules_invalid' | 'analyzer.asset_invalid';
  readonly asset: string;
  readonly detail: string;
};

/** One analyzer of the registry, not yet loaded. */
export type Analyzer = {
  readonly name: AnalyzerName;
  /** Bumped whenever behaviour moves; part of every cache key. */
  readonly version: string;
  /** Names of the assets that it reads. */
  readonly assets: readonly string[];
  /** The largest file that `analyze` may be given; `limits.sourceFileBytesMax` when absent. Units: bytes. */
  readonly fileBytesMax?: number;
  /** Cheap, by path alone, and apart from `analyze`. */
  readonly wants: (path: string) => boolean;
  /** Files that are looked at for what is said of others; one that cannot be given is no gap in what was analysed. Cheap, by path alone. */
  readonly consults?: (path: string) => boolean;
  /** It reads `codeUses` of a tree, so that analyzers before it say them. */
  readonly asksCodeUse?: boolean;
  /** Loads rules and everything that may need code loading. Runs before the sandbox closes and before the first customer byte. */
  readonly load: (assets: Assets) => Promise<Result<LoadedAnalyzer, LoadError>>;
};

/**
 * An analyzer that is ready. A result is a function of (version, ruleDigest, bytes) and of nothing else: no clock, no randomness,
 * no environment. One bad file costs a coverage entry, never the scan. `analyze` is synchronous: it owns the process.
 */
export type LoadedAnalyzer = {
  /** SHA-256 over the rules and data, lower-case hexadecimal, so that a result names what made it. Read after `open`, which may change it. */
  readonly ruleDigest: string;
  readonly rules: readonly RuleHead[];
  readonly analyze: (tree: Tree, report: Report) => void;
  /**
   * Compiles and instantiates the grammars that a tree needs, and reads what may be newer than the build. At each start, since a snapshot
   * of the heap cannot hold them, and before the sandbox closes. A file whose grammar was not opened is a coverage entry.
   */
  readonly open?: (assets: Assets, grammars: readonly GrammarName[]) => Promise<Result<void, LoadError>>;
};
