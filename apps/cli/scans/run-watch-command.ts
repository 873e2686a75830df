import { getScan, limits, listScans, scanEndStates } from '@lib/contract';
import { sessionUsage } from '../api/open-session.ts';
import { runSessionCommand, type SessionTerminal } from '../api/session-command.ts';
import { terminalStyle } from '../terminal/terminal-style.ts';
import { visibleText } from '../terminal/visible-text.ts';
import { drawProgress } from '../up/draw-progress.ts';

const usage = `usage: npm run aegis -- scans watch [ID]

Draws a scan until it ends: stage, files, findings so far. Without an id, the newest.

${sessionUsage}
exit codes: 0 it succeeded, 1 it failed or there is none, 2 usage, 3 it is incomplete
`;

/** `aegis scans watch`. */
export function runWatchCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSessionCommand(argv, terminal, {
    usage,
    words: [0, 1],
    options: [],
    run: async (client, { words }) => {
      const [id = (await client.get(`${listScans.path}?limit=1`, listScans.answers[200].schema)).items[0]?.id] = words;
      if (id === undefined) {
        terminal.writeError('aegis: there is no scan yet\n');
        return 1;
      }
      const path = getScan.path.replace('{scanId}', encodeURIComponent(id));
      const before = await client.get(path, getScan.answers[200].schema);
      if (!scanEndStates.includes(before.state)) {
        const drawing = drawProgress(terminal.write, terminalStyle(terminal));
        await client.follow(id, drawing.draw, AbortSignal.timeout(limits.scanWallMsMax));
        drawing.end();
      }
      const scan = await client.get(path, getScan.answers[200].schema);
      const end = scan.errorCode === null ? '' : ` (${scan.errorCode})`;
      terminal.write(`${scan.state}${end}  ${visibleText(scan.repositoryName)}: ${countsOf(scan.bySeverity)}\n`);
      return scan.state === 'succeeded' ? 0 : scan.state === 'incomplete' ? 3 : 1;
    },
  });
}

function countsOf(bySeverity: Readonly<Record<string, number>>): string {
  const parts = Object.entries(bySeverity).filter(([, count]) => count > 0);
  return parts.length === 0 ? 'no findings' : parts.map(([severity, count]) => `${String(count)} ${severity}`).join(', ');
}
