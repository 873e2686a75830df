import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { findingSchema, getFinding, limits, listFindings, type FindingId, type FindingView, type RepositoryId } from '@lib/contract';
import { openVexDocument, type JudgedPackage } from '@lib/engine/vex';
import { everyPage } from '../api/every-page.ts';
import { findRepository } from '../api/find-repository.ts';
import { sessionUsage } from '../api/open-session.ts';
import { runSessionCommand, type SessionArguments, type SessionTerminal } from '../api/session-command.ts';
import { writeOutput } from '../scan/write-output.ts';
import { productVersion } from '../terminal/product-version.ts';
import { visibleText } from '../terminal/visible-text.ts';
import type { ApiClient } from '../up/api-client.ts';

const usage = `usage: npm run aegis -- vex REPOSITORY --author WHO [--product IRI] [--output FILE] [--url URL | --data DIR]

Writes where the findings of a repository's dependencies stand, as OpenVEX 0.2.0: what somebody confirmed is affected, what a scan no longer
finds is fixed. What a person signed counts: a false positive is not affected, an accepted risk is affected until its date, each with
the reason. Everything else is under investigation. Each finding is read with its evidence verified, and the reading is in the audit log.

  --author WHO   whose statements they are
  --product IRI  what the packages are part of (default: pkg:generic/REPOSITORY)
  --output FILE  write there instead of to the terminal; replaced only when complete
${sessionUsage}
exit codes: 0 written, 1 nothing to state, or not written, 2 usage
`;

/** `aegis vex REPOSITORY`: reads findings of dependencies from a running API and writes a document. */
export function runVexCommand(argv: readonly string[], terminal: SessionTerminal): Promise<number> {
  return runSessionCommand(argv, terminal, {
    usage,
    words: [1, 1],
    options: ['author', 'product', 'output'],
    run: async (client, given) => {
      const author = given.text('author') ?? '';
      if (author !== '') return writeVex(client, { given, author, terminal });
      terminal.writeError(`aegis: whose statements are they? give --author\n\n${usage}`);
      return 2;
    },
  });
}

type Wish = { readonly given: SessionArguments; readonly author: string; readonly terminal: SessionTerminal };

async function writeVex(client: ApiClient, { given, author, terminal }: Wish): Promise<number> {
  const name = given.words[0] ?? '';
  const fail = (why: string): number => {
    terminal.writeError(`aegis: ${visibleText(why)}\n`);
    return 1;
  };
  const repository = await findRepository(client, name);
  if (repository === undefined) return fail(`there is no repository \`${name}\` (cli.repository_unknown)`);
  const findings = await dependencyFindings(client, repository.id);
  if (findings.length > limits.vexFindingsMax) return fail(`more than ${String(limits.vexFindingsMax)} findings (cli.too_many_findings)`);
  const document = openVexDocument({
    product: given.text('product') ?? `pkg:generic/${encodeURIComponent(name)}`,
    author,
    createdAt: new Date().toISOString().replace(/\.\d{3}Z$/u, 'Z'),
    documentId: randomUUID(),
    tool: { version: productVersion },
    packages: await judgedPackages(client, findings),
  });
  if (document === undefined)
    return fail(`no dependency of \`${name}\` has a known flaw: there is nothing to state (cli.nothing_to_state)`);
  const text = `${JSON.stringify(document, undefined, 2)}\n`;
  const output = given.text('output');
  if (output === undefined) {
    terminal.write(text);
    return 0;
  }
  const written = await writeOutput(resolve(output), text);
  return written.ok ? 0 : fail(`${output} cannot be written: ${written.error.reason} (${written.error.code})`);
}

function dependencyFindings(client: ApiClient, repositoryId: RepositoryId): Promise<readonly FindingView[]> {
  const path = `${listFindings.path}?repositoryId=${repositoryId}&analyzer=sca&`;
  return everyPage(client, { path, item: findingSchema, itemsMax: limits.vexFindingsMax + 1 });
}

// One after the other: each answer reads evidence back, and the API serves others too.
async function judgedPackages(client: ApiClient, findings: readonly FindingView[]): Promise<readonly JudgedPackage[]> {
  const judged: JudgedPackage[] = [];
  for (const { id, state } of findings) {
    const { body, suppression } = await client.get(addressOf(id), getFinding.answers[200].schema);
    if (body.dependency === undefined) continue;
    judged.push({
      purl: body.dependency.purl,
      flaws: body.dependency.advisoryIds,
      state,
      remediation: body.remediation,
      claim: suppression,
    });
  }
  return judged;
}

function addressOf(id: FindingId): string {
  return getFinding.path.replace('{findingId}', id);
}
