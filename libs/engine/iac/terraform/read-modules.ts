import posix from 'node:path/posix';
import { parseHcl } from '../hcl/parse-hcl.ts';
import type { Attribute, Block, Expression, HclProblem } from '../hcl/syntax.ts';
import type { SourceFile } from '../model/value.ts';
import type { Memory, Module, Scope, Written } from './scope.ts';

/** A parsed `.tf` or `.tfvars` file. */
export type ParsedFile = { readonly file: SourceFile; readonly attributes: readonly Attribute[]; readonly blocks: readonly Block[] };

/** Parses one file. Problems are for the coverage certificate. */
export function parseTerraform(file: SourceFile): { readonly parsed: ParsedFile; readonly problems: readonly HclProblem[] } {
  const { body, problems } = parseHcl(file.source.text);
  return { parsed: { file, attributes: body.attributes, blocks: body.blocks }, problems };
}

/** Groups parsed files by folder into modules, and ties a module to its caller when there is exactly one. */
export function readModules(files: readonly ParsedFile[]): readonly Scope[] {
  const folders = Map.groupBy(files, ({ file }) => posix.dirname(file.path));
  const drafts = [...folders].map(([folder, members]) => draftModule(folder, members));
  const scopes = new Map(drafts.map((draft) => [draft.folder, scopeOf(draft)] as const));
  const byFolder = new Map(drafts.map((draft) => [draft.folder, draft] as const));
  for (const caller of drafts) connectCalls(caller, byFolder, scopes);
  return [...scopes.values()];
}

type Draft = Module & {
  readonly files: readonly ParsedFile[];
  readonly unsettled: Set<string>;
  readonly passed: Map<string, { readonly expression: Written<Expression>; readonly scope: Scope }>;
  callers: number;
};

function scopeOf(module: Draft): Scope {
  const memory: Memory = { values: 0, limited: false, known: new Map() };
  const [first] = module.files;
  const file = first?.file ?? {
    path: module.folder,
    sha256: '',
    source: { text: '', lineCount: 0, line: () => '', position: () => ({ line: 1, column: 1 }) },
  };
  return { module, file, bindings: new Map(), memory };
}

function draftModule(folder: string, files: readonly ParsedFile[]): Draft {
  const blocks = files.flatMap((parsed) => parsed.blocks.map((node) => ({ node, file: parsed.file })));
  const named = (type: string): ReadonlyMap<string, Written<Block>> =>
    new Map(blocks.filter(({ node }) => node.type === type).map((written) => [written.node.labels[0] ?? '', written] as const));
  const locals = blocks
    .filter(({ node }) => node.type === 'locals')
    .flatMap(({ node, file }) => node.body.attributes.map((attribute) => [attribute.name, { node: attribute, file }] as const));
  const { assigned, unsettled } = readAssignments(files, named('variable'));
  return {
    folder,
    files,
    variables: named('variable'),
    locals: new Map(locals),
    resources: new Map(
      blocks.filter(({ node }) => addressOf(node) !== undefined).map((written) => [addressOf(written.node) ?? '', written] as const),
    ),
    calls: named('module'),
    assigned,
    unsettled,
    passed: new Map(),
    callers: 0,
  };
}

/** `aws_s3_bucket.logs`, `data.aws_iam_policy_document.x`; undefined for blocks that are no resource. */
export function addressOf(block: Block): string | undefined {
  const [type, name] = block.labels;
  if (type === undefined || name === undefined) return undefined;
  if (block.type === 'resource') return `${type}.${name}`;
  return block.type === 'data' ? `data.${type}.${name}` : undefined;
}

// Terraform loads `terraform.tfvars`, then `*.auto.tfvars` by name. Any other file is chosen by hand: a variable that such a file
// sets may hold either value, so it is unsettled unless it has no default and one file alone speaks.
function readAssignments(
  files: readonly ParsedFile[],
  variables: ReadonlyMap<string, Written<Block>>,
): { readonly assigned: Map<string, Written<Expression>[]>; readonly unsettled: Set<string> } {
  const assigned = new Map<string, Written<Expression>[]>();
  const unsettled = new Set<string>();
  const values = files
    .filter(({ file }) => file.path.endsWith('.tfvars'))
    .toSorted((a, b) => loadOrder(a.file.path).localeCompare(loadOrder(b.file.path)));
  for (const { file, attributes } of values) {
    for (const { name, value } of attributes) {
      const chosen = !isLoadedAlone(file.path);
      const before = assigned.get(name) ?? [];
      const hasDefault = variables.get(name)?.node.body.attributes.some((attribute) => attribute.name === 'default') ?? false;
      if (chosen && (before.length > 0 || hasDefault)) unsettled.add(name);
      assigned.set(name, [...before, { node: value, file }]);
    }
  }
  return { assigned, unsettled };
}

function isLoadedAlone(path: string): boolean {
  return path.endsWith('.auto.tfvars') || posix.basename(path) === 'terraform.tfvars';
}

function loadOrder(path: string): string {
  const name = posix.basename(path);
  if (name === 'terraform.tfvars') return `0${name}`;
  return isLoadedAlone(path) ? `1${name}` : `2${name}`;
}

// Arguments that Terraform reads itself.
const callArguments = new Set(['source', 'version', 'count', 'for_each', 'providers', 'depends_on']);

function connectCalls(caller: Draft, drafts: ReadonlyMap<string, Draft>, scopes: ReadonlyMap<string, Scope>): void {
  const scope = scopes.get(caller.folder);
  if (scope === undefined) return;
  for (const { node, file } of caller.calls.values()) {
    const called = drafts.get(folderCalled(caller, node) ?? '');
    if (called === undefined || called === caller) continue;
    called.callers++;
    for (const { name, value } of node.body.attributes) {
      if (callArguments.has(name)) continue;
      if (called.callers === 1) called.passed.set(name, { expression: { node: value, file }, scope });
      else called.unsettled.add(name);
    }
    if (called.callers > 1) forgetPassed(called);
  }
}

function folderCalled(caller: Draft, call: Block): string | undefined {
  const source = call.body.attributes.find(({ name }) => name === 'source')?.value;
  if (source?.kind !== 'literal' || !/^\.{1,2}(?:\/|$)/u.test(String(source.value))) return undefined;
  return posix.normalize(posix.join(caller.folder, String(source.value))).replace(/\/$/u, '');
}

// Two callers may differ: what either of them passes is then unknown.
function forgetPassed(called: Draft): void {
  for (const name of called.passed.keys()) called.unsettled.add(name);
  called.passed.clear();
}
