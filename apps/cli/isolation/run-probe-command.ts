import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { readIsolationText, runIsolationProbe, type IsolationResult, type ProbeTried } from '@lib/contract';
import { openNote, parseVerifierKey } from '@lib/engine/tlog';
import { Fault } from '@lib/kernel';
import { sessionUsage } from '../api/open-session.ts';
import { runSessionCommand, type SessionTerminal } from '../api/session-command.ts';
import { visibleText } from '../terminal/visible-text.ts';
import type { ApiClient } from '../up/api-client.ts';
import { renderProbe, renderResult } from './render-result.ts';

const usage = `usage: npm run aegis -- isolation probe [--output FILE] [--url URL | --data DIR]

  --output FILE   keeps the signed result, for \`isolation verify\` and for whoever asks
${sessionUsage}
A decoy tenant is made for you, once. The service tries to reach it in the database and by the keys, as you; this command then asks the
API for the decoy's things, and for things that are nowhere, and compares. Once a minute at most.

exit codes: 0 everything held, 1 something was breached, could not be tried, or the signature does not hold, 2 usage
`;

/** `aegis isolation probe`: has the probe run, checks the signature, and tries over HTTP from here. */
export function runProbeCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSessionCommand(argv, terminal, {
    usage,
    words: [0, 0],
    options: ['output'],
    run: async (client, { text }) => {
      const { result, note, verifierKey } = await client.post('/v1/isolation/probe', undefined, runIsolationProbe.answers[201].schema);
      const key = parseVerifierKey(verifierKey);
      const opened = key.ok ? openNote(Buffer.from(note, 'utf8'), [key.value]) : key;
      const signed = opened.ok ? readIsolationText(opened.value) : undefined;
      if (signed === undefined || JSON.stringify(signed) !== JSON.stringify(result)) {
        terminal.writeError('aegis: the signature of the result does not hold (cli.result_unsigned)\n');
        return 1;
      }
      const output = text('output');
      if (output !== undefined) await writeFile(resolve(output), note);
      const fromHere = await tryOverHttp(client, result);
      terminal.write(`${renderResult(result)}from here, over HTTP, not signed\n${fromHere.map(renderProbe).join('')}`);
      terminal.write(`key       ${visibleText(verifierKey)}\n`);
      if (output !== undefined) terminal.write(`written   ${visibleText(output)}\n`);
      return result.breached + result.notRun === 0 && fromHere.every(({ outcome }) => outcome === 'held') ? 0 : 1;
    },
  });
}

const nowhere = '0195a1d0-0000-7000-8000-00000000dead';

/** Asks for each thing of the decoy and for one that is nowhere: the answers must have one code. */
async function tryOverHttp(client: ApiClient, { decoy }: IsolationResult): Promise<readonly ProbeTried[]> {
  const tried: ProbeTried[] = [];
  for (const [kind, id] of [
    ['repositories', decoy.repositoryId],
    ['scans', decoy.scanId],
    ['findings', decoy.findingId],
  ] as const) {
    const [theirs, absent] = [await askFor(client, `/v1/${kind}/${id}`), await askFor(client, `/v1/${kind}/${nowhere}`)];
    const outcome = theirs.found ? 'breached' : theirs.answer === absent.answer ? 'held' : 'breached';
    tried.push({ id: `P43.${kind}`, what: `ask the API for the decoy's ${kind}`, outcome, answer: theirs.answer });
  }
  return tried;
}

async function askFor(client: ApiClient, path: string): Promise<{ readonly found: boolean; readonly answer: string }> {
  try {
    await client.get(path, z.unknown());
    return { found: true, answer: 'it was shown' };
  } catch (error) {
    if (error instanceof Fault && error.code === 'up.api_refused')
      return { found: false, answer: error.publicText.split(': ').at(-1) ?? '' };
    throw error;
  }
}
