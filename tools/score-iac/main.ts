import { iac } from '@lib/engine/iac';
import { expectedFile } from '../score-sast/expected-file.ts';
import { scanFolder, type Scan } from '../score-sast/scan-folder.ts';
import { count, renderCount, renderScore, type Judged } from '../score-sast/tally.ts';
import { goodAndBad } from './good-and-bad.ts';

const usage = `usage: score-iac KIND FOLDER [--list]
KIND: good-and-bad:SUBJECTS.yaml, findings, or the path of a hand-written list (*.yaml)
`;

/** Scores the analyzer of infrastructure code against a folder whose truth is known. `--list` names every miss and every false mark. */
async function main(args: readonly string[]): Promise<number> {
  const [kind, folder] = args.filter((arg) => !arg.startsWith('--'));
  const isList = args.includes('--list');
  if (kind === undefined || folder === undefined) return fail(usage);
  if (kind.startsWith('good-and-bad:')) say(renderMarks(await goodAndBad(folder, kind.slice('good-and-bad:'.length)), isList));
  else if (kind.endsWith('.yaml')) {
    const scan = await scanFolder(folder, iac);
    const { judged, other } = expectedFile(kind).judge(scan);
    say(renderMarks(judged, isList));
    say(`not listed: ${String(other?.length ?? 0)}${isList ? `\n${(other ?? []).map(renderFinding).join('\n')}` : ''}`);
    say(renderCost(scan));
  } else if (kind === 'findings') {
    const scan = await scanFolder(folder, iac);
    say(scan.findings.map(renderFinding).join('\n'));
    say(scan.coverage.map(({ path, reason, detail }) => `coverage\t${reason}\t${path}\t${detail ?? ''}`).join('\n'));
    say(renderCost(scan));
  } else return fail(usage);
  return 0;
}

function renderMarks(judged: readonly Judged[], isList: boolean): string {
  const { categories, all } = count(judged);
  const wrong = judged.filter(({ isFlaw, isReported }) => isFlaw !== isReported);
  return [
    ...[...categories, all].map(renderCount),
    renderScore(categories, all),
    ...(isList ? wrong.map(({ isFlaw, path, line }) => `${isFlaw ? 'missed' : 'false '}  ${path}:${String(line)}`) : []),
  ].join('\n');
}

function renderCost({ wanted, coverage, ruleDigest, cpuSeconds, peakMebibytes, findings }: Scan): string {
  return [
    `files ${String(wanted)}, findings ${String(findings.length)}, CPU ${cpuSeconds.toFixed(2)} s, peak ${peakMebibytes.toFixed(0)} MiB`,
    `not read in full: ${String(coverage.length)}`,
    `iac ${iac.version}, rules ${ruleDigest.slice(0, 12)}`,
  ].join('\n');
}

function renderFinding({ severity, confidence, ruleId, location }: Scan['findings'][number]): string {
  return [severity, confidence, ruleId, `${location.path}:${String(location.startLine)}`].join('\t');
}

function say(text: string): void {
  if (text !== '') process.stdout.write(`${text}\n`);
}

function fail(text: string): number {
  process.stderr.write(text);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
