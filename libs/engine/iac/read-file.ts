import { isComposePath, readCompose } from './compose/read-compose.ts';
import { isDockerfilePath, readDockerfile } from './docker/read-dockerfile.ts';
import { looksLikeCloudFormation, readCloudFormation } from './cloudformation/read-cloudformation.ts';
import { isChartPath } from './helm/render-chart.ts';
import { looksLikeKubernetes, readKubernetes } from './kubernetes/read-kubernetes.ts';
import type { Subject } from './model/subject.ts';
import type { SourceFile } from './model/value.ts';
import { looksLikeOpenApi, readOpenApi } from './openapi/read-openapi.ts';
import { isTerraformPath } from './terraform/is-terraform-path.ts';
import { isWorkflowPath, readWorkflow } from './workflow/read-workflow.ts';
import { readYaml, type YamlRead } from './yaml/read-yaml.ts';

type FileRead = { readonly subjects: readonly Subject[]; readonly problem: YamlRead['problem'] };

// JSON is everywhere: lists of packages, settings of tools, texts and data of tests are no infrastructure.
const otherJson =
  /(?:^|\/)(?:package(?:-lock)?|npm-shrinkwrap|composer|tsconfig[^/]*|jsconfig|angular|nx|project|turbo|lerna|renovate|manifest|bower|deno|biome|\.[^/]*)\.json$|(?:^|\/)(?:locales?|i18n|translations?|fixtures?|__snapshots__|testdata|\.vscode|\.idea)\/|\.lock\.json$|\.min\.json$/iu;

function isConfigurationJson(path: string): boolean {
  return path.endsWith('.json') && !otherJson.test(path);
}
const installed = /(?:^|\/)(?:node_modules|\.git|vendor|\.terraform|bower_components)\//u;

/** Says by its path whether a file may hold infrastructure code. */
export function wantsPath(path: string): boolean {
  if (installed.test(path)) return false;
  return (
    isTerraformPath(path) || isDockerfilePath(path) || isChartPath(path) || /\.ya?ml$|\.template$/iu.test(path) || isConfigurationJson(path)
  );
}

/** Reads a file that stands for itself; Kubernetes objects go to `manifests`, since they see each other. A file that is nothing of ours has no subjects. */
export function readFile(file: SourceFile, manifests: Subject[]): FileRead {
  if (isDockerfilePath(file.path)) {
    const { subjects, limited } = readDockerfile(file);
    return { subjects, problem: limited ? { code: 'limit_reached', detail: 'too many instructions' } : undefined };
  }
  const reader = readerOf(file, manifests);
  if (reader === undefined) return { subjects: [], problem: undefined };
  const { documents, problem } = readYaml(file, { intrinsics: looksLikeCloudFormation(file.source.text) });
  return { subjects: reader(documents), problem };
}

function readerOf(file: SourceFile, manifests: Subject[]): ((documents: YamlRead['documents']) => readonly Subject[]) | undefined {
  const { text } = file.source;
  if (isWorkflowPath(file.path)) return (documents) => documents.flatMap((document) => readWorkflow(file, document));
  if (isComposePath(file.path)) return (documents) => documents.flatMap((document) => readCompose(file, document));
  if (looksLikeCloudFormation(text)) return (documents) => documents.flatMap((document) => readCloudFormation(file, document));
  if (looksLikeOpenApi(text)) return (documents) => documents.flatMap((document) => readOpenApi(file, document));
  if (!looksLikeKubernetes(text)) return undefined;
  return (documents) => {
    readKubernetes(file, documents, manifests);
    return [];
  };
}
