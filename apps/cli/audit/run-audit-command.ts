import { runVerifyCommand, type AuditTerminal } from './run-verify-command.ts';

const usage = `usage: npm run aegis -- audit COMMAND

  verify BUNDLE   check an exported log, offline: signature, every entry, every proof

\`audit COMMAND --help\` says more.
`;

/** `aegis audit ...`; answers the exit code. */
export async function runAuditCommand([command, ...argv]: readonly string[], terminal: AuditTerminal): Promise<number> {
  switch (command) {
    case 'verify':
      return runVerifyCommand(argv, terminal);
    default:
      (command === undefined || command === '--help' || command === 'help'
        ? terminal.write
        : (terminal.writeError ?? ((text: string) => void process.stderr.write(text))))(usage);
      return command === undefined || command === '--help' || command === 'help' ? 0 : 2;
  }
}
