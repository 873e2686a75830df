import { parseHcl } from '../hcl/parse-hcl.ts';
import posix from 'node:path/posix';
import type { Attribute, Block, Expression, HclProblem } from '../hcl/syntax.ts';
import type { SourceFile } from '../model/value.ts';
import { parseTerraformJson } from './parse-terraform-json.ts';
import type { Module, Written } from './scope.ts';

/** A parsed `.tf`, `.tf.json` or `.tfvars` file. */
export type ParsedFile = { readonly file: SourceFile; readonly attributes: readonly Attribute[]; readonly blocks: readonly Block[] };

/** Parses one file. Problems are for the coverage certificate. */
export function parseTerraform(file: SourceFile): { readonly parsed: ParsedFile; readonly problems: readonly HclProblem[] } {
  const { body, problems } = file.path.endsWith('.json') ? parseTerraformJson(file) : parseHcl(file.source.text);
  return { parsed: { file, attributes: body.attributes, blocks: body.blocks }, problems };
}

/** Groups parsed files by folder into modules. */
export function readModules(files: readonly ParsedFile[]): readonly Module[] {
  return [...Map.groupBy(files, ({ file }) => posix.dirname(file.path))].map(([folder, members]) => readModule(folder, members));
}

function readModule(folder: string, files: readonly ParsedFile[]): Module {
  const blocks = files.flatMap((parsed) => parsed.blocks.map((node) => ({ node, file: parsed.file })));
  const named = (type: string): ReadonlyMap<string, Written<Block>> =>
    new Map(blocks.filter(({ node }) => node.type === type).map((written) => [written.node.labels[0] ?? '', written] as const));
  const locals = blocks
    .filter(({ node }) => node.type === 'locals')
    .flatMap(({ node, file }) => node.body.attributes.map((attribute) => [attribute.name, { node: attribute, file }] as const));
  const resources = blocks.flatMap((written) => {
    const address = addressOf(written.node);
    return address === undefined ? [] : [[address, written] as const];
  });
  return {
    folder,
    variables: named('variable'),
    locals: new Map(locals),
    outputs: named('output'),
    resources: new Map(resources),
    calls: named('module'),
    ...readAssignments(files, named('variable')),
  };
}

/** `aws_s3_bucket.logs`, `data.aws_iam_policy_document.x`, `provider.aws`; undefined for blocks that rules do not speak about. */
export function addressOf(block: Block): string | undefined {
  const [type, name] = block.labels;
  if (block.type === 'provider' && type !== undefined) {
    const alias = block.body.attributes.find((attribute) => attribute.name === 'alias')?.value;
    return alias?.kind === 'literal' ? `provider.${type}.${String(alias.value)}` : `provider.${type}`;
  }
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
    .filter(({ file }) => isVariableFile(file.path))
    .toSorted((a, b) => (loadOrder(a.file.path) < loadOrder(b.file.path) ? -1 : 1));
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

function isVariableFile(path: string): boolean {
  return /\.tfvars(?:\.json)?$/u.test(path);
}

function isLoadedAlone(path: string): boolean {
  return /\.auto\.tfvars(?:\.json)?$|^(?:.*\/)?terraform\.tfvars(?:\.json)?$/u.test(path);
}

function loadOrder(path: string): string {
  const name = posix.basename(path);
  if (name.startsWith('terraform.tfvars')) return `0${name}`;
  return isLoadedAlone(path) ? `1${name}` : `2${name}`;
}
