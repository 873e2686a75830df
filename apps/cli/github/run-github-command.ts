import { runSubcommand } from '../api/run-subcommand.ts';
import type { SessionTerminal } from '../api/session-command.ts';
import { runVerifyRightsCommand } from './run-verify-rights-command.ts';

const usage = `usage: npm run aegis -- github COMMAND

  verify      try what the installed Apps may do: reads pass, writes are refused

\`github COMMAND --help\` says more.
`;

/** `aegis github ...`; answers the exit code. */
export function runGithubCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSubcommand(argv, terminal, { usage, commands: { verify: runVerifyRightsCommand } });
}
