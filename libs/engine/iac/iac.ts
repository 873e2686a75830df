import posix from 'node:path/posix';
import { limits, type CoverageReason } from '@lib/contract';
import { loadDocuments, occurrenceCounter, sourceText, type Analyzer, type Report, type Tree, type TreeFile } from '@lib/engine/sdk';
import { ok } from '@lib/kernel';
import { compileRules, type CompiledRules } from './compile-rules.ts';
import { draftFinding } from './draft-finding.ts';
import { readKubernetes } from './kubernetes/read-kubernetes.ts';
import { buildKustomizations, isKustomization, type Built } from './kustomize/build-kustomizations.ts';
import type { Subject } from './model/subject.ts';
import type { SourceFile, Value } from './model/value.ts';
import { chartsOf, isChartPath, renderChart } from './helm/render-chart.ts';
import { readFile, wantsPath } from './read-file.ts';
import { iacRuleSchema } from './rule-schema.ts';
import { isTerraformPath } from './terraform/is-terraform-path.ts';
import { readYaml } from './yaml/read-yaml.ts';
import { callModules } from './terraform/call-modules.ts';
import { missingModules } from './terraform/missing-modules.ts';
import type { Module } from './terraform/scope.ts';
import { parseTerraform, readModules, type ParsedFile } from './terraform/read-modules.ts';
import { kubernetesObject } from './terraform/kubernetes-objects.ts';
import { looksLikePlan, readPlan } from './terraform/plan/read-plan.ts';
import { readTerraform } from './terraform/read-terraform.ts';

const asset = 'iac.rules.json';

/** Checks infrastructure code: Terraform, CloudFormation, Kubernetes and Helm, Dockerfiles, Compose, GitHub workflows, OpenAPI. */
export const iac: Analyzer = {
  name: 'iac',
  version: '2.1.0',
  assets: [asset],
  wants: wantsPath,
  load: (assets) => {
    const loaded = loadDocuments(assets, asset, iacRuleSchema());
    if (!loaded.ok) return Promise.resolve(loaded);
    const rules = compileRules(loaded.value.documents, asset);
    if (!rules.ok) return Promise.resolve(rules);
    return Promise.resolve(
      ok({
        ruleDigest: loaded.value.sha256,
        rules: loaded.value.documents,
        analyze: (tree: Tree, report: Report) => {
          analyzeTree({
            rules: rules.value,
            tree,
            report,
            occurrence: occurrenceCounter(),
            perFile: new Map(),
            said: new Set(),
            spoken: new Set(),
          });
        },
      }),
    );
  },
};

type Work = {
  readonly rules: CompiledRules;
  readonly tree: Tree;
  readonly report: Report;
  readonly occurrence: ReturnType<typeof occurrenceCounter>;
  readonly perFile: Map<string, number>;
  /** What has been reported: a module that is called twice is written once. */
  readonly said: Set<string>;
  /** Which rules have spoken of which subject, whatever the place. */
  readonly spoken: Set<string>;
  readonly isSaid?: (of: { readonly rule: string; readonly path: string }) => boolean;
};

function analyzeTree(work: Work): void {
  const parsed: ParsedFile[] = [];
  const manifests: Subject[] = [];
  const chartFiles: SourceFile[] = [];
  const plans: SourceFile[] = [];
  const built = builtFrom(work);
  for (const file of work.tree.files) {
    const opened = open(work, file);
    if (opened === undefined) continue;
    guarded(work, file.path, () => {
      if (isTerraformPath(file.path)) parsed.push(parse(work, opened));
      else if (isChartPath(file.path)) chartFiles.push(opened);
      else if (looksLikePlan(opened.source.text)) plans.push(opened);
      else if (built.taken.has(file.path)) return;
      else reportSubjects(work, read(work, opened, manifests));
    });
    work.report.fileDone(file);
  }
  for (const file of chartFiles.length === 0 ? [] : writtenOut(work, chartFiles))
    guarded(work, file.path, () => reportSubjects(work, read(work, file, manifests)));
  reportSubjects(work, manifests);
  for (const objects of built.builds) reportSubjects(work, subjectsOf(objects));
  const modules = readModules(parsed);
  for (const { path, detail } of missingModules(modules)) refuse(work, { path, reason: 'unresolved', detail });
  for (const scope of callModules(modules)) {
    guarded(work, scope.file.path, () => {
      const subjects = readTerraform(scope);
      if (scope.memory.limited)
        refuse(work, { path: scope.file.path, reason: 'limit_reached', detail: 'the module evaluates too deeply or to too many values' });
      reportSubjects(work, subjects);
      reportSubjects(work, objectsIn(subjects));
    });
  }
  // after the sources, which say the same with better places
  for (const plan of plans) guarded(work, plan.path, () => reportPlan(work, plan, modules));
}

function reportPlan(work: Work, file: SourceFile, modules: readonly Module[]): void {
  const { subjects, problem } = readPlan(file, modules);
  if (problem !== undefined) refuse(work, { path: file.path, reason: problem.code, detail: problem.detail });
  const before = new Set(work.spoken);
  for (const subject of subjects)
    reportSubjects({ ...work, isSaid: ({ rule, path }) => before.has([rule, path, subject.address].join('\n')) }, [
      subject,
      ...objectsIn([subject]),
    ]);
}

// What kustomizations make of the tree; their parts are read with the objects that they belong to, not by themselves.
function builtFrom(work: Work): Built {
  const files = new Map(work.tree.files.map((file) => [file.path, file] as const));
  const documentsOf = (path: string): readonly Value[] | undefined => {
    const file = files.get(path);
    const opened = file === undefined ? undefined : open(work, file);
    return opened === undefined ? undefined : readYaml(opened).documents;
  };
  const byFolder = new Map(
    [...files.keys()].filter(isKustomization).flatMap((path) => {
      const [document] = documentsOf(path) ?? [];
      return document === undefined ? [] : [[posix.dirname(path), { path, document }] as const];
    }),
  );
  const built = buildKustomizations({ byFolder, documentsOf });
  const [first] = built.left;
  if (first !== undefined) {
    const count = built.left.length === 1 ? 'one part of a kustomization was' : `${String(built.left.length)} parts of kustomizations were`;
    work.report.note(`${count} not followed: ${first.path}: ${first.detail}`.slice(0, limits.noteCharsMax));
  }
  return built;
}

// What Terraform's provider makes in a cluster is judged as manifests are.
function objectsIn(subjects: readonly Subject[]): readonly Subject[] {
  const found: Subject[] = [];
  for (const subject of subjects) {
    const object = kubernetesObject(subject);
    if (object !== undefined) readKubernetes(subject.file, [object], found);
  }
  return found;
}

function subjectsOf(objects: readonly Value[]): readonly Subject[] {
  const subjects: Subject[] = [];
  for (const object of objects) readKubernetes(object.place.file, [object], subjects);
  return subjects;
}

// The manifests that charts write out with their own values. What cannot be written out is read as it stands, its actions unknown.
function writtenOut(work: Work, files: readonly SourceFile[]): readonly SourceFile[] {
  const charts = chartsOf(files);
  const isInChart = new Set(charts.flatMap((chart) => [...chart.files.values()]));
  const loose = files.filter((file) => !isInChart.has(file));
  const rendered = charts.map(renderChart);
  const left = rendered.flatMap((chart) => chart.left);
  const [first] = left;
  if (first !== undefined) {
    const count = left.length === 1 ? 'one template of a chart was' : `${String(left.length)} templates of charts were`;
    work.report.note(`${count} read without values: ${first.file.path}: ${first.detail}`.slice(0, limits.noteCharsMax));
  }
  return [...loose, ...rendered.flatMap(({ manifests }) => manifests), ...left.map(({ file }) => file)];
}

function open(work: Work, file: TreeFile): SourceFile | undefined {
  const bytes = work.tree.read(file.path);
  if (bytes === undefined) return undefined;
  const source = sourceText(bytes);
  if (source.ok) return { path: file.path, sha256: file.sha256, source: source.value };
  work.report.coverage({ path: file.path, reason: source.error.code });
  return undefined;
}

function parse(work: Work, file: SourceFile): ParsedFile {
  const { parsed, problems } = parseTerraform(file);
  const [first] = problems;
  if (first !== undefined) {
    const { line } = file.source.position(first.offset);
    refuse(work, { path: file.path, reason: first.code, detail: `line ${String(line)}: ${first.detail}` });
  }
  return parsed;
}

function read(work: Work, file: SourceFile, manifests: Subject[]): readonly Subject[] {
  const { subjects, problem } = readFile(file, manifests);
  if (problem !== undefined) refuse(work, { path: file.path, reason: problem.code, detail: problem.detail });
  return subjects;
}

// The last net: whatever a hostile file does to a parser costs that file alone.
function guarded(work: Work, path: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    const reason = error instanceof RangeError ? 'limit_reached' : 'analyzer_failed';
    refuse(work, { path, reason, detail: error instanceof Error ? error.name : 'unknown' });
  }
}

type Refusal = { readonly path: string; readonly reason: CoverageReason; readonly detail: string };

function refuse(work: Work, { path, reason, detail }: Refusal): void {
  work.report.coverage({ path, reason, detail: detail.slice(0, limits.noteCharsMax) });
}

function reportSubjects(work: Work, subjects: readonly Subject[]): void {
  for (const subject of subjects) {
    const seen = new Set<string>();
    for (const { rule, faults } of work.rules.checksOf(subject.format, subject.type)) {
      // several ways to match are alternatives: the first that speaks is enough
      if (seen.has(rule.id)) continue;
      for (const fault of faults(subject)) {
        seen.add(rule.id);
        const { path } = fault.place.file;
        const identity = [rule.id, path, fault.place.start, subject.address, fault.context ?? ''].join('\n');
        if (work.said.has(identity) || work.isSaid?.({ rule: rule.id, path }) === true) continue;
        work.said.add(identity);
        work.spoken.add([rule.id, path, subject.address].join('\n'));
        const count = (work.perFile.get(path) ?? 0) + 1;
        work.perFile.set(path, count);
        if (count === limits.findingsPerFileMax + 1)
          refuse(work, { path, reason: 'limit_reached', detail: 'more findings than one file may have' });
        if (count <= limits.findingsPerFileMax) work.report.finding(draftFinding({ rule, subject, fault }, work.occurrence));
      }
    }
  }
}
