// Stands in for the module by which oxc-parser finds its native part, in programs that run from a snapshot: native code cannot be part of
// one, and is opened when the snapshot has come alive. The build puts it in place; the names are those that the parser's own code imports.
import { startupSnapshot } from 'node:v8';
import { Fault } from '@lib/kernel';

type Parse = (...given: readonly unknown[]) => unknown;
let opened: Parse | undefined;

/** Opens the native parser. Before the sandbox closes: after it nothing can be. Errors: Fault `sandbox.parser_failed`. */
export function openParser(path: string): void {
  const holder: { exports: unknown } = { exports: {} };
  process.dlopen(holder, path);
  const { exports } = holder;
  const found: unknown = typeof exports === 'object' && exports !== null && 'parseSync' in exports ? exports.parseSync : undefined;
  if (!isCallable(found)) throw new Fault('sandbox.parser_failed', { internal: `${path} offers no parser` });
  opened = found;
}

/** The native parser. While the snapshot is built there is none: analyzers only try it then, on a text of their own. */
export function parseSync(...given: readonly unknown[]): unknown {
  if (opened !== undefined) return opened(...given);
  if (startupSnapshot.isBuildingSnapshot()) return nothingParsed;
  throw new Fault('sandbox.parser_failed', { internal: 'the parser was not opened' });
}

const nothingParsed = { program: '{"node":{"type":"Program","body":[]},"fixes":[]}', module: {}, comments: [], errors: [] };

function isCallable(value: unknown): value is Parse {
  return typeof value === 'function';
}

/** Not offered here: nothing of ours parses asynchronously. */
export function parse(): never {
  throw new Fault('sandbox.parser_failed', { internal: 'only parseSync is here' });
}

export const rawTransferSupported = (): boolean => false;
export const ParseResult = undefined;
export const Severity = undefined;
export const ExportExportNameKind = undefined;
export const ExportImportNameKind = undefined;
export const ExportLocalNameKind = undefined;
export const ImportNameKind = undefined;
