import type { SessionArguments, SessionTerminal } from './session-command.ts';

export const formatUsage = `  --format F      text or json (default: text on a terminal, json elsewhere)
`;

/** Whether a command answers JSON: asked for, or nobody looks. */
export function asksForJson(given: SessionArguments, terminal: SessionTerminal): boolean {
  const format = given.text('format');
  return format === undefined ? !terminal.isTty : format === 'json';
}
