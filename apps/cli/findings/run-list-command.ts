import { findingSchema, findingStates, limits, listFindings, type FindingView } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { everyPage } from '../api/every-page.ts';
import { findRepository } from '../api/find-repository.ts';
import { sessionUsage } from '../api/open-session.ts';
import { asksForJson, formatUsage } from '../api/output-format.ts';
import { runSessionCommand, type SessionArguments, type SessionTerminal } from '../api/session-command.ts';
import { findingsTable, severityCounts } from '../terminal/findings-table.ts';
import { terminalStyle } from '../terminal/terminal-style.ts';
import { visibleText } from '../terminal/visible-text.ts';
import type { ApiClient } from '../up/api-client.ts';

const shownDefault = 50;
const filters = ['severity', 'state', 'analyzer', 'path', 'rule'] as const;
const queryNames: Readonly<Record<(typeof filters)[number], string>> = {
  severity: 'severity',
  state: 'state',
  analyzer: 'analyzer',
  path: 'path',
  rule: 'ruleId',
};

const usage = `usage: npm run aegis -- findings list [filters] [--limit N] [--format text|json]

Findings of a running Aegis, worst first, each with the id that \`show\` and \`triage\` take.

  --severity S       critical, high, medium, low or info
  --state S          ${findingStates.slice(0, -1).join(', ')} or proposed
  --analyzer A       sast, secrets, iac, sca or import
  --path TEXT        in a file or folder
  --rule ID          of one rule
  --repository NAME  of one repository
  --limit N          how many at most (default: ${String(shownDefault)})
${formatUsage}${sessionUsage}
examples:
  npm run aegis -- findings list --severity critical
  npm run aegis -- findings list --repository vuln-saas --rule js/sql-injection --format json

exit codes: 0 listed, 1 not, 2 usage
`;

/** `aegis findings list`. */
export function runListCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSessionCommand(argv, terminal, {
    usage,
    words: [0, 0],
    options: [...filters, 'repository', 'limit', 'format'],
    run: async (client, given) => {
      const query = await queryOf(client, given);
      const parsed = listFindings.query.safeParse(Object.fromEntries(query));
      const wanted = Number(given.text('limit') ?? shownDefault);
      if (!parsed.success || !Number.isSafeInteger(wanted) || wanted < 1) {
        const wrong = parsed.success ? 'limit' : String(parsed.error.issues[0]?.path[0] ?? '');
        terminal.writeError(`aegis: --${wrong === 'ruleId' ? 'rule' : wrong} has no such value\n\n${usage}`);
        return 2;
      }
      const path = `${listFindings.path}?${query.size === 0 ? '' : `${query.toString()}&`}`;
      const findings = await everyPage(client, { path, item: findingSchema, itemsMax: wanted });
      const { total } = await client.get(`${path}limit=1`, listFindings.answers[200].schema);
      terminal.write(
        asksForJson(given, terminal) ? `${JSON.stringify({ findings, total }, null, 2)}\n` : textOf({ findings, total }, terminal),
      );
      return 0;
    },
  });
}

async function queryOf(client: ApiClient, given: SessionArguments): Promise<URLSearchParams> {
  const query = new URLSearchParams();
  for (const name of filters) {
    const value = given.text(name);
    if (value !== undefined) query.set(queryNames[name], value);
  }
  const name = given.text('repository');
  if (name === undefined) return query;
  const repository = await findRepository(client, name);
  if (repository === undefined)
    throw new Fault('cli.repository_unknown', {
      internal: name,
      public: `there is no repository ${visibleText(name.slice(0, limits.noteCharsMax))}`,
    });
  query.set('repositoryId', repository.id);
  return query;
}

type Found = { readonly findings: readonly FindingView[]; readonly total: number };

function textOf({ findings, total }: Found, terminal: SessionTerminal): string {
  const style = terminalStyle(terminal);
  if (findings.length === 0) return 'no findings\n';
  const lines = findings.map((finding) => ({
    ...finding,
    title: titleOf(finding),
    last: finding.id,
  }));
  const rest = total > findings.length ? `, ${String(findings.length)} of ${String(total)}` : '';
  return `${findingsTable(lines, style)}\n${severityCounts(findings, style)}${rest}\n`;
}

function titleOf({ state, title, alsoSeenBy }: FindingView): string {
  const stands = state === 'open' ? title : `[${state.replaceAll('_', ' ')}] ${title}`;
  return alsoSeenBy.length === 0 ? stands : `${stands} (also seen by ${alsoSeenBy.join(', ')})`;
}
