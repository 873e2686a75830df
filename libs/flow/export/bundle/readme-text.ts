import type { BundlePlan } from './bundle-plan.ts';
import { isNarrow } from './export-filter.ts';

/** The page that travels with a bundle: what it is, and the exact commands that verify it without us. */
export function readmeText(plan: BundlePlan): string {
  const filtered = isNarrow(plan.filter);
  return `Audit log ${plan.origin}
${String(plan.size)} entries, exported ${new Date(plan.createdAtMs).toISOString()}
${String(plan.pending)} events were committed and not yet in the log; they are not in this export.
${filtered ? `\nThis is a FILTERED export: export.json says the filter. Each row is proved to be in the log.\nThat no matching row is missing, only a whole export can prove.\n` : ''}
VERIFY, in an empty folder, with Python 3 and nothing else:

    tar -xf BUNDLE.tar && python3 verify_audit.py .

Better, with what you keep yourself. The key in this bundle came with the bundle: compare it with the
one that you were given when you signed up, or that another reader has. The checkpoint of your last
export shows that nothing before it was rewritten:

    python3 verify_audit.py . --key 'NAME+ID+BASE64' --since older/checkpoint

Keep the file \`checkpoint\` of this export for the next time.

WITH OTHER PEOPLE'S TOOLS (docs/verify-audit.md has the programs): the files follow C2SP tlog-tiles,
signed-note, tlog-checkpoint and tlog-proof. Go's golang.org/x/mod/sumdb/note and /tlog read them, and

    go run github.com/transparency-dev/tessera/cmd/fsck@latest --storage_url=file:///FOLDER/ --public_key=log.vkey
${filtered ? '\n(fsck needs the entries of the whole log, so it does not fit a filtered export.)\n' : ''}
FILES
    checkpoint                 size and root of the log, signed (C2SP signed-note)
    log.vkey                   the key that verifies it
    tlog-policy                which log and which witnesses a proof is held against
    export.json                whole or filtered, how many rows, which views
${filtered ? '' : '    tile/entries/<N>           256 entries each: 16-bit length, bytes\n'}    tile/<L>/<N>               hashes of the tree
    proofs/<index>.tlog-proof  self-contained proof of one entry
    views/events.jsonl         the hashed bytes, a line each
    views/                     tables made from them; every row names leaf index and leaf hash
    verify_audit.py            the checker: one file, Python standard library
`;
}
