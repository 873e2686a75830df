import { getSuppression, listSuppressions, suppressionSchema, claimSchema, type SignedSuppressionView } from '@lib/contract';
import { checkKeptProof } from '@lib/guard/presence';
import { canonicalJson, err, ok, type Result } from '@lib/kernel';
import { everyPage } from '../api/every-page.ts';
import { sessionUsage } from '../api/open-session.ts';
import { asksForJson, formatUsage } from '../api/output-format.ts';
import { runSessionCommand, type SessionTerminal } from '../api/session-command.ts';
import { visibleText } from '../terminal/visible-text.ts';
import type { ApiClient } from '../up/api-client.ts';

const usage = `usage: npm run aegis -- findings verify-claims [--format text|json]

Checks every claim by which somebody keeps findings quiet, here and not on the server: that its passkey signed exactly the text that is kept, with
its holder present and verified, and that the claim says what the text says. The event \`suppression.signed\` of the audit log has the digests
of text and key: an export of the log shows that both were there then.

${formatUsage}${sessionUsage}
examples:
  npm run aegis -- findings verify-claims

exit codes: 0 all hold, 1 one does not, 2 usage
`;

type Fault = 'signature' | 'text_differs';
type Checked = { readonly id: string; readonly by: string; readonly decision: string; readonly fault: Fault | null };

/** `aegis findings verify-claims`. */
export function runVerifyClaimsCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSessionCommand(argv, terminal, {
    usage,
    words: [0, 0],
    options: ['format'],
    run: async (client, given) => {
      const checked: Checked[] = [];
      for (const { id } of await everyPage(client, { path: `${listSuppressions.path}?`, item: suppressionSchema }))
        checked.push(await checkOne(client, id));
      const bad = checked.filter(({ fault }) => fault !== null);
      terminal.write(
        asksForJson(given, terminal) ? `${JSON.stringify({ claims: checked, failed: bad.length }, null, 2)}\n` : textOf(checked),
      );
      return bad.length === 0 ? 0 : 1;
    },
  });
}

async function checkOne(client: ApiClient, id: string): Promise<Checked> {
  const claim = await client.get(getSuppression.path.replace('{suppressionId}', id), getSuppression.answers[200].schema);
  const checked = await verifyClaim(claim);
  return { id, by: claim.signedBy.name, decision: claim.decision, fault: checked.ok ? null : checked.error.code };
}

/** Checks one claim with nothing but what is kept of it. Errors: `signature`, `text_differs`. */
export async function verifyClaim(claim: SignedSuppressionView): Promise<Result<undefined, { readonly code: Fault }>> {
  const { signature } = claim;
  const { action, assertion: response, origin, rpId } = signature;
  const publicKey = Buffer.from(signature.publicKey, 'base64url');
  const proof = await checkKeptProof({ action, response, publicKey, origin, rpId });
  if (!proof.ok || response.id !== signature.credentialId) return err({ code: 'signature' });
  const text = claimSchema.safeParse(proof.value.body);
  if (!text.success || proof.value.operationId !== 'signSuppression') return err({ code: 'text_differs' });
  const said = { ...text.data, memberId: proof.value.memberId };
  const shown = { ...claim, memberId: claim.signedBy.memberId };
  return canonicalJson(partOf(said)) === canonicalJson(partOf(shown)) ? ok(undefined) : err({ code: 'text_differs' });
}

type Part = Pick<SignedSuppressionView, 'decision' | 'reason' | 'scope' | 'expiresAt'> & {
  readonly justification?: string | null | undefined;
  readonly memberId: string;
};

function partOf({ decision, reason, justification, scope, expiresAt, memberId }: Part) {
  return { decision, reason, justification: justification ?? null, scope, expiresAt, memberId };
}

function textOf(checked: readonly Checked[]): string {
  if (checked.length === 0) return 'no claims\n';
  const bad = checked.filter(({ fault }) => fault !== null);
  const lines = bad.map(
    ({ id, by, fault }) =>
      `FAILED ${id} by ${visibleText(by)}: ${fault === 'signature' ? 'the signature does not hold' : 'it does not say what was signed'}`,
  );
  const all = checked.length === 1 ? '1 claim' : `${String(checked.length)} claims`;
  return [...lines, bad.length === 0 ? `${all}: every signature holds` : `${all}: ${String(bad.length)} FAILED`, ''].join('\n');
}
