import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { createRepository, getScan, importResults, limits, scanEndStates, type RepositoryView, type ScanDetailView } from '@lib/contract';
import { findRepository } from '../api/find-repository.ts';
import { sessionUsage } from '../api/open-session.ts';
import { runSessionCommand, type SessionArguments, type SessionTerminal } from '../api/session-command.ts';
import { visibleText } from '../terminal/visible-text.ts';
import type { ApiClient } from '../up/api-client.ts';

const usage = `usage: npm run aegis -- import FILE [--repository NAME] [--url URL | --data DIR]

Gives a running Aegis what another tool found: a SARIF 2.1.0 log, packed by gzip or not. Its results get evidence, history and triage as
our own; what the same tool no longer says is fixed. Snippets are not kept.

  --repository NAME  whose results they are (default: the name of the file's folder); made when there is none of that name
${sessionUsage}
exit codes: 0 recorded, 1 not, 2 usage
`;

/** `aegis import`: uploads a log and waits until its results are recorded. */
export function runImportCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSessionCommand(argv, terminal, {
    usage,
    words: [1, 1],
    options: ['repository'],
    run: (client, given) => importFile(client, given, terminal),
  });
}

async function importFile(client: ApiClient, given: SessionArguments, terminal: SessionTerminal): Promise<number> {
  const file = resolve(given.words[0] ?? '');
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true || found.size > limits.importBytesMax) {
    terminal.writeError(`aegis: ${visibleText(file)} is no file, or larger than ${String(limits.importBytesMax)} bytes\n`);
    return 1;
  }
  const repository = await repositoryOf(client, given.text('repository') ?? basename(resolve(file, '..')));
  const path = importResults.path.replace('{repositoryId}', repository.id);
  const { id } = await client.upload(path, { file, mediaType: 'application/sarif+json' }, importResults.answers[202].schema);
  await client.follow(id, () => undefined, AbortSignal.timeout(limits.scanWallMsMax));
  const scan = await client.get(getScan.path.replace('{scanId}', id), getScan.answers[200].schema);
  terminal.write(reportOf(scan, repository));
  return scanEndStates.includes(scan.state) && ['succeeded', 'incomplete'].includes(scan.state) ? 0 : 1;
}

async function repositoryOf(client: ApiClient, name: string): Promise<RepositoryView> {
  const known = await findRepository(client, name);
  return known ?? client.post(createRepository.path, { name, source: { kind: 'archive' } }, createRepository.answers[201].schema);
}

function reportOf(scan: ScanDetailView, { name }: RepositoryView): string {
  const counts = Object.entries(scan.bySeverity).filter(([, count]) => count > 0);
  const bySeverity = counts.map(([severity, count]) => `${String(count)} ${severity}`).join(', ');
  const lines = [
    `${scan.state}  ${String(scan.findingCount)} findings recorded for ${visibleText(name)}${bySeverity === '' ? '' : `: ${bySeverity}`}`,
    ...(scan.coverage?.analyzers ?? []).flatMap(({ tool = '', version, notes }) =>
      [`${tool} ${version}`, ...notes].map((text) => `  ${visibleText(text)}`),
    ),
    `  scan ${scan.id}${scan.errorCode === null ? '' : `, ${scan.errorCode}`}`,
  ];
  return `${lines.join('\n')}\n`;
}
