import { runSubcommand } from '../api/run-subcommand.ts';
import type { SessionTerminal } from '../api/session-command.ts';
import { runListScansCommand } from './run-list-scans-command.ts';
import { runWatchCommand } from './run-watch-command.ts';

const usage = `usage: npm run aegis -- scans COMMAND

  list          scans of a running Aegis, newest first
  watch [ID]    draw a scan until it ends (default: the newest)

\`scans COMMAND --help\` says more.
`;

const commands = { list: runListScansCommand, watch: runWatchCommand };

/** `aegis scans ...`; answers the exit code. */
export function runScansCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSubcommand(argv, terminal, { usage, commands });
}
