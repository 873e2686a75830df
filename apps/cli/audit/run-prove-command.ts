import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { auditHeadSchema, eventIdSchema, eventProofSchema } from '@lib/contract';
import { formatTrustPolicy, leafHash, parseTrustPolicy, parseVerifierKey, verifyTlogProof } from '@lib/engine/tlog';
import { sessionUsage } from '../api/open-session.ts';
import { runSessionCommand, type SessionTerminal } from '../api/session-command.ts';
import { visibleText } from '../terminal/visible-text.ts';
import type { ApiClient } from '../up/api-client.ts';

const usage = `usage: npm run aegis -- audit prove EVENT [--output NAME] [--key VKEY] [--url URL | --data DIR]

  EVENT           id of an event; the audit log and its exports name it
  --output NAME   writes NAME.json, the bytes that were hashed, and NAME.tlog-proof (default: the event's id)
  --key VKEY      the log's key from elsewhere; without it the one that the API publishes
${sessionUsage}
exit codes: 0 proved, 1 refused or the proof does not hold, 2 usage
`;

/** `aegis audit prove EVENT`: fetches one event with its proof, checks it here, and writes both down. */
export function runProveCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSessionCommand(argv, terminal, {
    usage,
    words: [1, 1],
    options: ['output', 'key'],
    run: async (client, { words: [word = ''], text }) => {
      const id = eventIdSchema.safeParse(word);
      if (!id.success) {
        terminal.writeError(`aegis: \`${visibleText(word)}\` is no id of an event\n\n${usage}`);
        return 2;
      }
      return prove(client, { id: id.data, key: text('key'), name: resolve(text('output') ?? id.data) }, terminal);
    },
  });
}

type Wish = { readonly id: string; readonly key: string | undefined; readonly name: string };

async function prove(client: ApiClient, { id, key, name }: Wish, terminal: SessionTerminal): Promise<number> {
  const published = key ?? (await client.get('/v1/audit/head', auditHeadSchema)).verifierKey;
  const shown = await client.get(`/v1/audit/events/${id}/proof`, eventProofSchema);
  const entry = Buffer.from(shown.entry, 'utf8');
  const log = parseVerifierKey(published);
  const policy = log.ok ? parseTrustPolicy(formatTrustPolicy(log.value)) : log;
  const proved = policy.ok ? verifyTlogProof(shown.proof, leafHash(entry), policy.value) : policy;
  if (!proved.ok) {
    terminal.writeError(`aegis: the proof does not hold (${proved.error.code})\n`);
    return 1;
  }
  await writeFile(`${name}.json`, entry);
  await writeFile(`${name}.tlog-proof`, shown.proof);
  const { index, checkpoint } = proved.value;
  terminal.write(`proved    entry ${String(index)} of ${String(checkpoint.size)} in ${visibleText(checkpoint.origin)}\n`);
  terminal.write(`written   ${visibleText(name)}.json and .tlog-proof\n`);
  return 0;
}
