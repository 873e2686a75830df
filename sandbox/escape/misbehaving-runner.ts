// A runner whose one analyzer does what the file `behaviour` in the tree says. The walls and the supervisor are the real ones.
import { writeSync } from 'node:fs';
import { createHash } from 'node:crypto';
import type { FindingDraft } from '@lib/contract';
import type { Analyzer, Report, Tree } from '@lib/engine/sdk';
import { ok } from '@lib/kernel';
import { systemCall } from '../testing/raw-call.ts';
import { resultDescriptor } from '../lockdown/unexpected-descriptors.ts';
import { runAnalysis } from '../run/run-analysis.ts';

const digest = createHash('sha256').update('no rules').digest('hex');

export function draft(path: string, startLine: number): FindingDraft {
  return {
    analyzer: 'sast',
    ruleId: 'js/test',
    ruleVersion: 1,
    severity: 'high',
    confidence: 'high',
    title: 'a finding',
    message: 'found',
    remediation: 'remove it',
    cwe: [79],
    references: [],
    location: { path, startLine, startColumn: 1, endLine: startLine, endColumn: 2 },
    flow: [],
    excerpt: { startLine, lines: ['x'] },
    fileSha256: digest,
    fingerprint: createHash('sha256')
      .update(`${path}:${String(startLine)}`)
      .digest('hex'),
  };
}

function spin(): never {
  for (;;) Math.sqrt(2);
}

function tenFindings(report: Report): void {
  for (let line = 1; line <= 10; line++) report.finding(draft('behaviour', line));
}

function writeOrWait(descriptor: number, text: string): number {
  try {
    return writeSync(descriptor, text);
  } catch {
    return 0; // full: the reader is slower
  }
}

const behaviours: Readonly<Record<string, (report: Report, tree: Tree) => void>> = {
  good: (report, tree) => tree.files.forEach((file) => report.fileDone(file)),
  loop: () => spin(),
  'loop that ignores SIGTERM': () => {
    process.on('SIGTERM', () => undefined);
    spin();
  },
  'flood without an end of line': () => {
    for (;;) writeSync(resultDescriptor, 'x'.repeat(65_536));
  },
  'flood of standard error': () => {
    for (let sent = 0; sent < 4 * 1024 * 1024;) sent += writeOrWait(2, 'e'.repeat(65_536));
  },
  garbage: () => {
    writeSync(resultDescriptor, 'not json\n');
    spin();
  },
  'not utf-8': () => {
    writeSync(resultDescriptor, Buffer.from([0xff, 0xfe, 10]));
    spin();
  },
  'a forged analyzer': () => {
    writeSync(resultDescriptor, `${JSON.stringify({ type: 'finding', finding: { ...draft('behaviour', 1), analyzer: 'iac' } })}\n`);
    spin();
  },
  'a second lock': () => {
    writeSync(resultDescriptor, `${JSON.stringify({ type: 'refused', missing: ['everything'] })}\n`);
    spin();
  },
  'a line after the end': () => {
    writeSync(resultDescriptor, '{"type":"end"}\n{"type":"end"}\n');
    spin();
  },
  'a forged end': () => {
    writeSync(resultDescriptor, '{"type":"end"}\n');
    process.exit(0);
  },
  'exit 3': () => process.exit(3),
  'exit 0': () => process.exit(0),
  'raw ptrace': () => systemCall('ptrace', 0),
  'findings then raw ptrace': (report) => {
    tenFindings(report);
    systemCall('ptrace', 0);
  },
  'raw setuid': () => process.setuid?.(0),
  'heap without end': () => {
    const kept: unknown[] = [];
    for (let index = 0; ; index++) kept.push(Array.from({ length: 100_000 }, (_, at) => ({ index, at })));
  },
  'buffers without end': () => {
    const kept: Buffer[] = [];
    for (;;) kept.push(Buffer.alloc(64 * 1024 * 1024, 1));
  },
  throw: () => {
    throw new Error('broken \u0000 on this input');
  },
  'too many findings in a file': (report) => {
    for (let line = 1; line <= 700; line++) report.finding(draft('behaviour', line));
  },
  'a finding that fits no schema': (report) => {
    report.finding({ ...draft('behaviour', 1), title: 'x'.repeat(5000) });
    report.finding(draft('behaviour', 2));
  },
  'one finding in every other file': (report, tree) => {
    for (const file of tree.files) if (file.path !== 'behaviour') report.finding(draft(file.path, 1));
  },
  'finishes after SIGTERM': (report) => {
    process.on('SIGTERM', () => undefined);
    report.finding(draft('behaviour', 1));
    for (const until = performance.now() + 1500; performance.now() < until;) Math.sqrt(2); // the signal arrives meanwhile
    report.finding(draft('behaviour', 2));
  },
  'findings then ignores SIGTERM': (report) => {
    process.on('SIGTERM', () => undefined);
    tenFindings(report);
    spin();
  },
  'findings then stops itself': (report) => {
    tenFindings(report);
    process.kill(process.pid, 'SIGSTOP');
    spin();
  },
  'findings then heap without end': (report) => {
    tenFindings(report);
    const kept: unknown[] = [];
    for (let index = 0; ; index++) kept.push(Array.from({ length: 100_000 }, (_, at) => ({ index, at })));
  },
  'findings then buffers without end': (report) => {
    tenFindings(report);
    const kept: Buffer[] = [];
    for (;;) kept.push(Buffer.alloc(16 * 1024 * 1024, 1));
  },
  'findings then loop': (report) => {
    tenFindings(report);
    spin();
  },
};

const misbehaving: Analyzer = {
  name: 'sast',
  version: '1',
  assets: [],
  wants: (path) => path === 'behaviour' || path.endsWith('.ts'),
  load: () =>
    Promise.resolve(
      ok({
        ruleDigest: digest,
        rules: [],
        analyze: (tree: Tree, report: Report) => {
          const name = new TextDecoder().decode(tree.read('behaviour'));
          (behaviours[name] ?? spin)(report, tree);
        },
      }),
    ),
};

const steady: Analyzer = {
  ...misbehaving,
  name: 'secrets',
  load: () =>
    Promise.resolve(
      ok({ ruleDigest: digest, rules: [], analyze: (tree: Tree, report: Report) => tree.files.forEach((file) => report.fileDone(file)) }),
    ),
};
const unloadable: Analyzer = { ...misbehaving, name: 'sca', load: () => Promise.reject(new Error('no grammar')) };

systemCall('getpid'); // loads the addon: after the lock nothing can be
await runAnalysis([misbehaving, steady, unloadable]);
