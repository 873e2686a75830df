import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditExportSchema, auditHeadSchema, createAuditExport, type AuditExportView } from '@lib/contract';
import { openBundle, verifyBundle } from '@lib/flow/export';
import { Fault } from '@lib/kernel';
import { sessionUsage } from '../api/open-session.ts';
import { runSessionCommand, type SessionArguments, type SessionTerminal } from '../api/session-command.ts';
import { visibleText } from '../terminal/visible-text.ts';
import type { ApiClient } from '../up/api-client.ts';
import { renderVerdict } from './run-verify-command.ts';

const usage = `usage: npm run aegis -- audit export FILE [--views LIST] [--proofs LIST] [filter] [--url URL | --data DIR]

  FILE            where the bundle goes, a tar; it appears when it is whole and verified
  --views LIST    of jsonl, csv, ocsf, parquet; with commas (default: jsonl,csv)
  --proofs LIST   sequence numbers that get a proof of their own
  --actions LIST  --actor ID  --target ID  --outcome success|failure|denied  --from INSTANT  --to INSTANT
                  only these events; each is proved, that none is missing only a whole export can prove
${sessionUsage}
exit codes: 0 written and verified, 1 refused or not verified, 2 usage
`;

const pollMs = 250;
const barWidth = 24;

/** `aegis audit export FILE`: asks for a bundle, shows how far it is, fetches it, and checks it offline before it takes its name. */
export function runExportCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSessionCommand(argv, terminal, {
    usage,
    words: [1, 1],
    options: ['views', 'proofs', 'actions', 'actor', 'target', 'outcome', 'from', 'to'],
    run: async (client, given) => {
      const body = createAuditExport.body.safeParse(bodyOf(given));
      if (!body.success) {
        terminal.writeError(`aegis: ${visibleText(body.error.issues[0]?.path.join('.') ?? '')} does not fit\n\n${usage}`);
        return 2;
      }
      return exportTo(client, { file: resolve(given.words[0] ?? ''), body: body.data }, terminal);
    },
  });
}

type Wish = { readonly file: string; readonly body: unknown };

async function exportTo(client: ApiClient, { file, body }: Wish, terminal: SessionTerminal): Promise<number> {
  const { verifierKey } = await client.get('/v1/audit/head', auditHeadSchema);
  const asked = await client.post('/v1/audit/exports', body, auditExportSchema);
  const made = await untilMade(client, asked, terminal);
  if (made.state === 'failed') {
    terminal.writeError(`aegis: the export failed: ${visibleText(made.errorCode ?? 'no code')}\n`);
    return 1;
  }
  const part = `${file}.part`;
  try {
    await fetchTo(client, made, part);
    const source = await openBundle(part);
    if (!source.ok) throw new Fault('cli.bundle_broken', { internal: source.error.code, public: 'what was fetched is no bundle' });
    const verdict = await verifyBundle(source.value, { key: verifierKey }).finally(() => source.value.close());
    terminal.write(renderVerdict(verdict, { sinceFile: undefined }));
    if (!verdict.ok) return 1;
    await rename(part, file);
    terminal.write(`written   ${visibleText(file)}, ${String(made.bytes)} bytes\n`);
    return 0;
  } finally {
    await rm(part, { force: true });
  }
}

async function untilMade(client: ApiClient, asked: AuditExportView, terminal: SessionTerminal): Promise<AuditExportView> {
  let made = asked;
  while (made.state === 'running') {
    if (terminal.isTty) terminal.writeError(`\r${progressOf(made)}`);
    await sleep(pollMs);
    made = await client.get(`/v1/audit/exports/${asked.id}`, auditExportSchema);
  }
  terminal.writeError(`${terminal.isTty ? '\r' : ''}${progressOf(made)}\n`);
  return made;
}

/** A line that tells how far an export is. */
export function progressOf({ done, size, state }: Pick<AuditExportView, 'done' | 'size' | 'state'>): string {
  const share = size === 0 ? 1 : done / size;
  const filled = Math.floor(share * barWidth);
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${String(done)} of ${String(size)} entries, ${state}`;
}

async function fetchTo(client: ApiClient, made: AuditExportView, part: string): Promise<void> {
  const body = await client.download(`/v1/audit/exports/${made.id}/bundle`);
  await pipeline(Readable.from(body), createWriteStream(part, { mode: 0o600 }));
  const { size } = await stat(part);
  if (size === made.bytes) return;
  throw new Fault('cli.download_broken', { internal: `${String(size)} of ${String(made.bytes)} bytes`, public: 'the download broke off' });
}

function bodyOf({ text }: SessionArguments): unknown {
  const list = (name: string): readonly string[] | undefined => text(name)?.split(',');
  const filter = {
    actions: list('actions'),
    actorId: text('actor'),
    targetId: text('target'),
    outcome: text('outcome'),
    from: text('from'),
    to: text('to'),
  };
  return {
    filter: Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)),
    ...(list('views') === undefined ? {} : { views: list('views')?.filter((name) => name !== '') }),
    ...(list('proofs') === undefined ? {} : { proofs: list('proofs')?.map(Number) }),
  };
}
