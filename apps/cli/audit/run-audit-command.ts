import { runSubcommand } from '../api/run-subcommand.ts';
import type { SessionTerminal } from '../api/session-command.ts';
import { runCheckCommand } from './run-check-command.ts';
import { runEraseCommand } from './run-erase-command.ts';
import { runExportCommand } from './run-export-command.ts';
import { runLogsCommand } from './run-logs-command.ts';
import { runProveCommand } from './run-prove-command.ts';
import { runSinkCommand } from './run-sink-command.ts';
import { runVerifyCommand } from './run-verify-command.ts';
import { runWitnessCommand } from './run-witness-command.ts';

const usage = `usage: npm run aegis -- audit COMMAND

  verify BUNDLE   check an exported log, offline: signature, every entry, every proof
  export FILE     have a bundle made, with progress, and check it before it is kept
  prove EVENT     one event with a proof of its own
  check           have the live log derived again
  logs            check the log over all tenants' logs; for whoever runs Aegis
  witness ...     who cosigns this log
  sink ...        where this log is streamed to
  erase SUBJECT   destroy a person's data in the log; entries stay

\`audit COMMAND --help\` says more.
`;

const commands = {
  verify: runVerifyCommand,
  export: runExportCommand,
  prove: runProveCommand,
  check: runCheckCommand,
  logs: runLogsCommand,
  witness: runWitnessCommand,
  sink: runSinkCommand,
  erase: runEraseCommand,
};

/** `aegis audit ...`; answers the exit code. */
export function runAuditCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSubcommand(argv, terminal, { usage, commands });
}
