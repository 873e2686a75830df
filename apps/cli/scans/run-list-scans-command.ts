import { limits, listScans, type ScanView } from '@lib/contract';
import { sessionUsage } from '../api/open-session.ts';
import { asksForJson, formatUsage } from '../api/output-format.ts';
import { runSessionCommand, type SessionTerminal } from '../api/session-command.ts';
import { visibleText } from '../terminal/visible-text.ts';

const usage = `usage: npm run aegis -- scans list [--format text|json]

The newest ${String(limits.pageSizeDefault)} scans of a running Aegis.

${formatUsage}${sessionUsage}
exit codes: 0 listed, 1 not, 2 usage
`;

/** `aegis scans list`. */
export function runListScansCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSessionCommand(argv, terminal, {
    usage,
    words: [0, 0],
    options: ['format'],
    run: async (client, given) => {
      const { items: scans } = await client.get(listScans.path, listScans.answers[200].schema);
      terminal.write(asksForJson(given, terminal) ? `${JSON.stringify({ scans }, null, 2)}\n` : textOf(scans));
      return 0;
    },
  });
}

function textOf(scans: readonly ScanView[]): string {
  if (scans.length === 0) return 'no scans\n';
  const nameWidth = Math.max(...scans.map(({ repositoryName }) => visibleText(repositoryName).length));
  const lines = scans.map(({ createdAt, repositoryName, state, findingCount, errorCode, id }) => {
    const end = errorCode ?? `${String(findingCount)} findings`;
    return `${createdAt.slice(0, 16).replace('T', ' ')}  ${visibleText(repositoryName).padEnd(nameWidth)}  ${state.padEnd(10)}  ${end.padEnd(14)}  ${id}`;
  });
  return `${lines.join('\n')}\n`;
}
