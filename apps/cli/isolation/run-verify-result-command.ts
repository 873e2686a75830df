import { open } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readIsolationText } from '@lib/contract';
import { openNote, parseVerifierKey } from '@lib/engine/tlog';
import type { SessionTerminal } from '../api/session-command.ts';
import { visibleText } from '../terminal/visible-text.ts';
import { renderResult } from './render-result.ts';

const noteBytesMax = 512 * 1024; // what the notes of this product stay below

const usage = `usage: npm run aegis -- isolation verify FILE --key VKEY

  FILE         a result that \`isolation probe\` wrote; nothing else is read, no network
  --key VKEY   the key of your audit log (name+id+base64), from where you keep it: \`audit export\` shows it

exit codes: 0 signed and nothing was breached, 1 something was, or the signature does not hold, 2 usage
`;

/** `aegis isolation verify FILE --key VKEY`: the signature by the key that the reader has, then what was signed. */
export async function runVerifyResultCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  const given = parse(argv);
  if (given === undefined || given.help) {
    (given === undefined ? terminal.writeError : terminal.write)(usage);
    return given === undefined ? 2 : 0;
  }
  const key = parseVerifierKey(given.key);
  if (!key.ok) return refuse(terminal, 'the key is none', key.error.code);
  const note = await readBounded(given.file);
  if (note === undefined)
    return refuse(terminal, `\`${visibleText(given.file)}\` cannot be read, or is too large`, 'cli.result_unreadable');
  const opened = openNote(note, [key.value]);
  if (!opened.ok) return refuse(terminal, 'the signature does not hold', opened.error.code);
  const result = readIsolationText(opened.value);
  if (result === undefined) return refuse(terminal, 'signed, and no result of an isolation probe', 'cli.result_malformed');
  if (!key.value.name.endsWith(`/${result.tenant}`)) return refuse(terminal, 'the key is that of another tenant', 'cli.result_foreign');
  terminal.write(`signed by ${visibleText(key.value.name)}\n${renderResult(result)}`);
  return result.breached === 0 && result.notRun === 0 ? 0 : 1;
}

function refuse(terminal: SessionTerminal, why: string, code: string): number {
  terminal.writeError(`aegis: ${why} (${code})\n`);
  return 1;
}

async function readBounded(file: string): Promise<Buffer | undefined> {
  const handle = await open(file).catch(() => undefined);
  try {
    const buffer = Buffer.alloc(noteBytesMax + 1);
    const read = await handle?.read(buffer, 0, buffer.length, 0).catch(() => undefined);
    return read === undefined || read.bytesRead > noteBytesMax ? undefined : buffer.subarray(0, read.bytesRead);
  } finally {
    await handle?.close();
  }
}

function parse(argv: readonly string[]): { readonly help: boolean; readonly file: string; readonly key: string } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h', default: false }, key: { type: 'string', default: '' } },
    });
    const [file = '', ...more] = positionals;
    return values.help || (file !== '' && more.length === 0 && values.key !== '')
      ? { help: values.help, file, key: values.key }
      : undefined;
  } catch {
    return undefined;
  }
}
