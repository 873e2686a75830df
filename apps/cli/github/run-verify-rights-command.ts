import { listForgeApps, verifyInstallation, type ForgeAppView, type ForgeRightsView } from '@lib/contract';
import { sessionUsage } from '../api/open-session.ts';
import { asksForJson, formatUsage } from '../api/output-format.ts';
import { runSessionCommand, type SessionTerminal } from '../api/session-command.ts';
import { visibleText } from '../terminal/visible-text.ts';
import type { ApiClient } from '../up/api-client.ts';

const usage = `usage: npm run aegis -- github verify [ACCOUNT] [--format text|json]

For each installation of our Apps (of ACCOUNT alone, where one is named): a token with all that the installation grants tries to read, and
to make a branch, write a file, merge, open an issue, start a workflow, read the names of secrets, change settings and more. Each of these
carries what no forge can carry out, so that nothing changes even where it is let through.

${formatUsage}${sessionUsage}
exit codes: 0 each may do what its manifest asks and no more, 1 one may not, or may more, or there is none, 2 usage
`;

type Verified = { readonly app: string; readonly account: string; readonly rights: ForgeRightsView };

/** `aegis github verify`. */
export function runVerifyRightsCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSessionCommand(argv, terminal, {
    usage,
    words: [0, 1],
    options: ['format'],
    run: async (client, given) => {
      const { items: apps } = await client.get(listForgeApps.path, listForgeApps.answers[200].schema);
      const verified: Verified[] = [];
      for (const { app, installation } of activeOf(apps, given.words[0])) {
        verified.push({ app: app.slug, account: installation.account, rights: await verify(client, app.id, installation.id) });
      }
      terminal.write(asksForJson(given, terminal) ? `${JSON.stringify({ installations: verified }, null, 2)}\n` : textOf(verified));
      return verified.length > 0 && verified.every(({ rights }) => rights.asAsked) ? 0 : 1;
    },
  });
}

function activeOf(apps: readonly ForgeAppView[], account: string | undefined) {
  return apps.flatMap((app) =>
    app.installations
      .filter((one) => one.state === 'active' && (account === undefined || one.account.toLowerCase() === account.toLowerCase()))
      .map((installation) => ({ app, installation })),
  );
}

function verify(client: ApiClient, appId: string, installationId: string): Promise<ForgeRightsView> {
  const path = verifyInstallation.path.replace('{forgeAppId}', appId).replace('{installationId}', installationId);
  return client.post(path, undefined, verifyInstallation.answers[200].schema);
}

function textOf(verified: readonly Verified[]): string {
  if (verified.length === 0) return 'no App is installed there\n';
  return verified
    .map(({ app, account, rights }) => {
      const lines = rights.tried.map(({ name, asked, possible, status }) => {
        const verdict = asked === possible ? 'ok  ' : 'FAIL';
        return `  ${verdict} ${name.padEnd(22)} ${(possible ? 'passes' : 'refused').padEnd(8)} ${asked ? 'asked for' : 'not asked for'}, answered ${String(status)}`;
      });
      const excess = rights.excess.map((permission) => `  FAIL ${visibleText(permission)} is granted and not asked for`);
      const end = rights.asAsked ? 'does what it asks for and no more' : 'is not as its manifest asks';
      return [
        `${visibleText(app)} on ${visibleText(account)}, tried on ${visibleText(rights.repositoryName)}`,
        ...lines,
        ...excess,
        `  ${end}`,
        '',
      ].join('\n');
    })
    .join('\n');
}
