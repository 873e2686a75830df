import { runSubcommand } from '../api/run-subcommand.ts';
import type { SessionTerminal } from '../api/session-command.ts';
import { runListCommand } from './run-list-command.ts';
import { runShowCommand } from './run-show-command.ts';
import { runTriageCommand } from './run-triage-command.ts';
import { runVerifyClaimsCommand } from './run-verify-claims-command.ts';

const usage = `usage: npm run aegis -- findings COMMAND

  list           findings of a running Aegis, worst first
  show ID        one finding: what, where, the way of the data, evidence, history
  triage ID      say where findings stand: in review, confirmed, or open again
  verify-claims  check every signature by which somebody keeps findings quiet

\`findings COMMAND --help\` says more.
`;

const commands = { list: runListCommand, show: runShowCommand, triage: runTriageCommand, 'verify-claims': runVerifyClaimsCommand };

/** `aegis findings ...`; answers the exit code. */
export function runFindingsCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSubcommand(argv, terminal, { usage, commands });
}
