import { keptEvidenceSchema, type KeptEvidence } from '@lib/contract';
import { sessionUsage } from '../api/open-session.ts';
import { runSessionCommand, type SessionTerminal } from '../api/session-command.ts';

const usage = `usage: npm run aegis -- evidence hold SCAN --reason TEXT
       npm run aegis -- evidence release SCAN
       npm run aegis -- evidence extend SCAN --until INSTANT

How long a scan's evidence is kept: a legal hold keeps it whatever its date; a date only ever moves further away.

${sessionUsage}
exit codes: 0 on its way to the store, 1 refused, 2 usage
`;

/** What can be wished for. */
export type KeepingVerb = 'hold' | 'release' | 'extend';

/** `aegis evidence hold|release|extend SCAN`. */
export function runKeepingCommand(verb: KeepingVerb, argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSessionCommand(argv, terminal, {
    usage,
    words: [1, 1],
    options: ['reason', 'until'],
    run: async (client, { words: [scan = ''], text }) => {
      const body = { hold: { reason: text('reason') }, release: undefined, extend: { retainUntil: text('until') } }[verb];
      const kept = await client.post(`/v1/scans/${encodeURIComponent(scan)}/evidence/${verb}`, body, keptEvidenceSchema);
      terminal.write(renderKept(kept));
      return 0;
    },
  });
}

function renderKept({ packs }: KeptEvidence): string {
  return packs
    .map(({ packId, retainUntil, retainWanted, hold }) => `${packId}  until ${retainWanted ?? retainUntil}  hold: ${hold}\n`)
    .join('');
}
