import { createHash } from 'node:crypto';
import { limits, type FindingDraft, type Location, type ReportedFinding } from '@lib/contract';
import {
  excerptAround,
  identify,
  occurrenceCounter,
  sourceText,
  type Analyzer,
  type Report,
  type SourceText,
  type Tree,
  type TreeFile,
} from '@lib/engine/sdk';
import { ok } from '@lib/kernel';
import { loadRules } from './load-rules.ts';
import { matchSecrets, type SecretMatch, type SecretRules } from './match-secrets.ts';
import { rulesAsset } from './rule-schema.ts';
import { valuePieces } from './value-pieces.ts';

/** Finds credentials in source and configuration. A value is never reported: findings hold a masked preview, excerpts are redacted. */
export const secrets: Analyzer = {
  name: 'secrets',
  version: '2.0.0',
  assets: [rulesAsset],
  wants: wantsPath,
  load: (assets) => {
    const loaded = loadRules(assets);
    if (!loaded.ok) return Promise.resolve(loaded);
    const { compiled } = loaded.value;
    return Promise.resolve(
      ok({
        ruleDigest: loaded.value.sha256,
        rules: loaded.value.documents,
        analyze: (tree: Tree, report: Report) => {
          const occurrence = occurrenceCounter();
          for (const file of tree.files) analyzeFile({ compiled, tree, report, occurrence }, file);
        },
      }),
    );
  },
};

const unwanted =
  /(?:^|\/)(?:node_modules|\.git|dist|vendor|bower_components)\/|(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|poetry\.lock|pipfile\.lock|cargo\.lock|composer\.lock|gemfile\.lock|go\.sum|flake\.lock)$|\.(?:min\.(?:js|css)|map|svg|png|jpe?g|gif|ico|webp|woff2?|ttf|eot|pdf|zip|gz|tgz|jar|class|so|dll|exe|wasm|lock|snap|sum|pub|crt|csr)$/iu;

function wantsPath(path: string): boolean {
  return !unwanted.test(path);
}

type Work = {
  readonly compiled: SecretRules;
  readonly tree: Tree;
  readonly report: Report;
  readonly occurrence: ReturnType<typeof occurrenceCounter>;
};

function analyzeFile(work: Work, file: TreeFile): void {
  const bytes = work.tree.read(file.path);
  if (bytes === undefined) return;
  const source = sourceText(bytes);
  if (!source.ok) {
    work.report.coverage({ path: file.path, reason: source.error.code });
    return;
  }
  if (!isMinified(source.value)) {
    const { matches, complete } = matchSecrets(work.compiled, file.path, source.value);
    if (!complete) work.report.coverage({ path: file.path, reason: 'limit_reached' });
    for (const match of matches) work.report.finding(draftOf(work, { file, source: source.value, match, matches }));
  }
  work.report.fileDone(file);
}

const minifiedLineChars = 5_000; // generated code: what looks like a secret in it is a hash or packed data

function isMinified(source: SourceText): boolean {
  return source.text.length > 2 * minifiedLineChars && source.text.length / source.lineCount > minifiedLineChars;
}

type Place = {
  readonly file: TreeFile;
  readonly source: SourceText;
  readonly match: SecretMatch;
  readonly matches: readonly SecretMatch[];
};

function draftOf(work: Work, { file, source, match, matches }: Place): ReportedFinding {
  const { rule } = match;
  const location = locationOf(file.path, source, match);
  const context = `${match.name.toLowerCase()} ${preview(source, match)}`;
  return {
    analyzer: 'secrets',
    ruleId: rule.id,
    ruleVersion: rule.version,
    severity: rule.severity,
    confidence: match.doubtful ? 'low' : rule.confidence,
    title: rule.title,
    message: messageOf(source, match),
    remediation: rule.remediation,
    cwe: [...rule.cwe],
    references: [...rule.references],
    location,
    flow: [],
    excerpt: redactedExcerpt(source, location, matches),
    fileSha256: file.sha256,
    secretDigest: createHash('sha256').update(source.text.slice(match.start, match.end)).digest('hex'),
    ...identify({
      ruleId: rule.id,
      path: file.path,
      context,
      occurrence: work.occurrence(rule.id, file.path, context),
    }),
  };
}

function messageOf(source: SourceText, match: SecretMatch): string {
  const doubt = match.doubtful ? ' Its checksum does not fit: it may be altered or made up.' : '';
  return `${match.rule.motivation}${doubt} The value (${preview(source, match)}) is not stored in this finding.`.slice(
    0,
    limits.messageCharsMax,
  );
}

function locationOf(path: string, source: SourceText, match: SecretMatch): Location {
  const start = source.position(match.start);
  const end = source.position(match.end);
  return { path, startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}

// Enough to recognise which credential is meant, too little to use or to guess it: at most four characters and the length.
function preview(source: SourceText, match: SecretMatch): string {
  const value = source.text.slice(match.start, match.end);
  const shown = value.length >= 16 ? value.slice(0, 4) : value.slice(0, 1);
  return `${shown}${'*'.repeat(8)}, ${String(value.length)} characters`;
}

function redactedExcerpt(source: SourceText, location: Location, matches: readonly SecretMatch[]): FindingDraft['excerpt'] {
  const values = valuePieces(source, matches);
  return excerptAround(source, location, (line) => values.reduce((text, value) => text.replaceAll(value, '[redacted]'), line));
}
