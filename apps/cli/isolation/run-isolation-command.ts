import { runSubcommand } from '../api/run-subcommand.ts';
import type { SessionTerminal } from '../api/session-command.ts';
import { runProbeCommand } from './run-probe-command.ts';
import { runVerifyResultCommand } from './run-verify-result-command.ts';

const usage = `usage: npm run aegis -- isolation COMMAND

  probe           try to reach a decoy tenant with your own credential; a signed result
  verify FILE     check a result that you kept, offline

\`isolation COMMAND --help\` says more.
`;

/** `aegis isolation ...`; answers the exit code. */
export function runIsolationCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSubcommand(argv, terminal, { usage, commands: { probe: runProbeCommand, verify: runVerifyResultCommand } });
}
