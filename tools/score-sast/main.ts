import { sast } from '@lib/engine/sast';
import { caseTable } from './case-table.ts';
import { codeqlMarkers } from './codeql-markers.ts';
import { expectedFile } from './expected-file.ts';
import { juiceShop } from './juice-shop.ts';
import { scanFolder, type Scan } from './scan-folder.ts';
import { count, renderCount, renderScore, type CorpusKind, type Judged } from './tally.ts';

const kinds: ReadonlyMap<string, CorpusKind> = new Map([
  ['codeql-markers', codeqlMarkers],
  ['juice-shop', juiceShop],
  ['case-table', caseTable],
]);

const usage = `usage: score-sast KIND FOLDER [--list]
KIND: ${[...kinds.keys()].join(', ')}, findings, or the path of a hand-written list (*.yaml)
`;

/** Scores the analyzer against a folder whose truth is known. `--list` names every miss and every false mark, or the way of each finding. */
async function main(args: readonly string[]): Promise<number> {
  const [name, folder] = args.filter((arg) => !arg.startsWith('--'));
  const isList = args.includes('--list');
  if (name === undefined || folder === undefined) return fail(usage);
  const kind = name.endsWith('.yaml') ? expectedFile(name) : kinds.get(name);
  if (kind === undefined && name !== 'findings') return fail(usage);
  const scan = await scanFolder(folder, sast);
  if (kind === undefined)
    say(scan.findings.map((finding) => [renderFinding(finding), ...(isList ? renderFlow(finding) : [])].join('\n')).join('\n'));
  else {
    const { judged, other } = kind.judge(scan);
    const { categories, all } = count(judged);
    say([...categories, all].map(renderCount).join('\n'));
    say(renderScore(categories, all));
    if (isList)
      say(
        judged
          .filter(({ isFlaw, isReported }) => isFlaw !== isReported)
          .map(renderMark)
          .join('\n'),
      );
    if (other !== undefined) say(`not listed: ${other.length}${isList ? `\n${other.map(renderFinding).join('\n')}` : ''}`);
  }
  say(renderCost(scan));
  return 0;
}

function renderCost({ wanted, coverage, ruleDigest, cpuSeconds, peakMebibytes, findings }: Scan): string {
  const unparsed = coverage.filter(({ reason }) => reason !== 'limit_reached').map(({ path }) => path);
  const bounded = coverage.filter(({ reason }) => reason === 'limit_reached').map(({ path, detail }) => `${path} (${detail ?? ''})`);
  return [
    `files ${wanted}, findings ${findings.length}, CPU ${cpuSeconds.toFixed(2)} s, peak ${peakMebibytes.toFixed(0)} MiB`,
    `not parsed in full: ${unparsed.length}${unparsed.length === 0 ? '' : ` (${unparsed.join(', ')})`}`,
    `limits reached: ${bounded.length}${bounded.length === 0 ? '' : ` (${bounded.join(', ')})`}`,
    `sast ${sast.version}, rules ${ruleDigest.slice(0, 12)}`,
  ].join('\n');
}

function renderMark({ isFlaw, path, line, category }: Judged): string {
  return `${isFlaw ? 'missed' : 'false '}  ${category.padEnd(10)} ${path}:${line}`;
}

function renderFinding({ severity, confidence, ruleId, location, message }: Scan['findings'][number]): string {
  return [severity, confidence, ruleId, `${location.path}:${location.startLine}`, message.split('. ')[0] ?? ''].join('\t');
}

function renderFlow({ flow }: Scan['findings'][number]): readonly string[] {
  return flow.map(({ location, note }) => `    ${location.path}:${location.startLine} ${note}`);
}

function say(text: string): void {
  if (text !== '') process.stdout.write(`${text}\n`);
}

function fail(text: string): number {
  process.stderr.write(text);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
