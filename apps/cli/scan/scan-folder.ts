import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnalyzerName, Component, CoverageCertificate, FindingDraft, SandboxEnding } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { sealArchive, sealFolder, type SealArchiveError, type SealFolderError } from '@lib/flow/ingest';
import { certify, type Sandbox, type Unpacker } from '@lib/platform/sandbox';

/** What a scan without services answers. */
export type ScanReport = {
  readonly findings: readonly FindingDraft[];
  /** Packages that files of the source resolve; none where dependencies were not looked at. */
  readonly components: readonly Component[];
  readonly certificate: CoverageCertificate;
  readonly ending: SandboxEnding;
};

/** One scan of one folder, or of one archive file. Units: ms. */
export type FolderScan = {
  readonly source: string;
  readonly analyzers: readonly AnalyzerName[];
  readonly wallMs: number;
  readonly signal: AbortSignal;
};

/**
 * Seals a folder aside (or unpacks an archive, behind the walls), analyses the sealed copy, and removes it, however it ends. Findings keep
 * the order in which they came. Errors: those of `sealFolder`, `sealArchive` and `Sandbox`.
 */
export async function scanFolder(
  sandbox: Sandbox & Unpacker,
  scan: FolderScan,
): Promise<Result<ScanReport, SealFolderError | SealArchiveError>> {
  const scratch = await mkdtemp(join(tmpdir(), 'aegis-scan-'));
  try {
    await chmod(scratch, 0o711); // the analyzer's own user passes through; the tree inside is lent to it alone
    const target = join(scratch, 'tree');
    const isFile = (await stat(scan.source).catch(() => undefined))?.isFile() === true;
    const sealed = isFile
      ? await sealArchive(sandbox, { file: scan.source, target, signal: scan.signal })
      : await sealFolder({ source: scan.source, target, signal: scan.signal });
    if (!sealed.ok) return sealed;
    const findings: FindingDraft[] = [];
    const components: Component[] = [];
    const request = { treeDirectory: sealed.value.directory, analyzers: scan.analyzers, wallMs: scan.wallMs, signal: scan.signal };
    const outcome = await sandbox.run(request, (message) => {
      if (message.type === 'finding') findings.push(message.finding);
      if (message.type === 'component') components.push(message.component);
    });
    if (!outcome.ok) return err(outcome.error);
    return ok({ findings, components, certificate: certify(sealed.value, scan.analyzers, outcome.value), ending: outcome.value.ending });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
