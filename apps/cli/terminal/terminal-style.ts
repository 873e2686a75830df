import type { Severity } from '@lib/contract';

/** Words made bold, dim or coloured; on anything but a terminal each answers its text unchanged. */
export type TerminalStyle = {
  readonly interactive: boolean;
  /** Characters in a line, where that is known. */
  readonly columns: number | undefined;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly severity: (severity: Severity, text: string) => string;
};

const severityCodes: Readonly<Record<Severity, string>> = { critical: '1;31', high: '31', medium: '33', low: '36', info: '2' };

/** Picks colours by what the stream is. Source: no-color.org for NO_COLOR. */
export function terminalStyle(options: {
  readonly isTty: boolean;
  readonly noColor?: boolean;
  readonly columns?: number | undefined;
}): TerminalStyle {
  const paint = (code: string) => (text: string) => (options.isTty && options.noColor !== true ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    interactive: options.isTty,
    columns: options.columns,
    bold: paint('1'),
    dim: paint('2'),
    good: paint('32'),
    bad: paint('1;31'),
    severity: (severity, text) => paint(severityCodes[severity])(text),
  };
}
