import posix from 'node:path/posix';
import type { SourceText } from '@lib/engine/sdk';
import type { SourceFile } from '../model/value.ts';
import { evaluateTemplate, type Rendering, type Written } from './evaluate-template.ts';
import { isGoMap, readGoValue, unknowable, type GoValue } from './go-value.ts';
import { parseChartTemplate, type Node } from './parse-chart-template.ts';

/** A chart: its folder and the files of it by path. */
export type Chart = { readonly folder: string; readonly files: ReadonlyMap<string, SourceFile> };

/** Manifests of a chart, written out with its own values; `left` are templates that could not be, with the reason. */
type RenderedChart = {
  readonly manifests: readonly SourceFile[];
  readonly left: readonly { readonly file: SourceFile; readonly detail: string }[];
};

/** Says by its path whether a file belongs to a chart's templates or tells its values. */
export function isChartPath(path: string): boolean {
  return /(?:^|\/)(?:Chart\.ya?ml|values\.ya?ml)$|(?:^|\/)templates\/.*\.(?:ya?ml|tpl)$/u.test(path);
}

/** The charts among files: a folder with a `Chart.yaml`, its `values.yaml` and its `templates`. */
export function chartsOf(files: readonly SourceFile[]): readonly Chart[] {
  const folders = files.filter(({ path }) => /(?:^|\/)Chart\.ya?ml$/u.test(path)).map(({ path }) => posix.dirname(path));
  return folders.map((folder) => {
    const start = folder === '.' ? '' : `${folder}/`;
    const own = files.filter(({ path }) => path.startsWith(start) && isOwn(path.slice(start.length)));
    return { folder, files: new Map(own.map((file) => [file.path.slice(start.length), file] as const)) };
  });
}

function isOwn(path: string): boolean {
  return /^(?:Chart|values)\.ya?ml$/u.test(path) || path.startsWith('templates/');
}

/** Writes a chart's templates out with its default values, as `helm template` does. Places of what is written are those of the template. */
export function renderChart({ files }: Chart): RenderedChart {
  const parsed = [...files]
    .filter(([path]) => path.startsWith('templates/'))
    .map(([path, file]) => ({ path, file, template: parseChartTemplate(file.source.text) }));
  const defined = new Map<string, readonly Node[]>(parsed.flatMap(({ template }) => [...(template?.defined ?? [])]));
  const root = contextOf(files);
  const manifests: SourceFile[] = [];
  const left: { file: SourceFile; detail: string }[] = [];
  for (const { path, file, template } of parsed) {
    if (!/\.ya?ml$/u.test(path) || /(?:^|\/)_[^/]*$/u.test(path) || path.startsWith('templates/tests/')) continue;
    const rendering: Rendering = {
      defined,
      steps: 0,
      chars: 0,
      problem: template === undefined ? 'its syntax is not understood' : undefined,
    };
    const written = template === undefined ? [] : evaluateTemplate(template.body, root, rendering);
    if (rendering.problem === undefined) manifests.push({ ...file, source: renderedSource(written, file.source) });
    else left.push({ file, detail: rendering.problem });
  }
  return { manifests, left };
}

// A chart asks for the version of the cluster to write old objects for old clusters.
const cluster = 'v1.33.0';

function contextOf(files: ReadonlyMap<string, SourceFile>): GoValue {
  const read = (name: string): GoValue => {
    const found = readGoValue((files.get(`${name}.yaml`) ?? files.get(`${name}.yml`))?.source.text ?? '');
    return found.ok ? found.value : unknowable;
  };
  const chart = read('Chart');
  const named = isGoMap(chart)
    ? new Map([...chart].map(([key, value]) => [key.slice(0, 1).toUpperCase() + key.slice(1), value] as const))
    : chart;
  const values = read('values');
  return new Map<string, GoValue>([
    ['Values', values ?? new Map<string, GoValue>()],
    ['Chart', named],
    [
      'Release',
      new Map<string, GoValue>([
        ['Name', 'release-name'],
        ['Service', 'Helm'],
        ['IsInstall', true],
        ['IsUpgrade', false],
        ['Revision', 1],
        ['Namespace', unknowable],
      ]),
    ],
    [
      'Template',
      new Map<string, GoValue>([
        ['Name', 'template'],
        ['BasePath', 'templates'],
      ]),
    ],
    [
      'Capabilities',
      new Map<string, GoValue>([
        [
          'KubeVersion',
          new Map<string, GoValue>([
            ['Version', cluster],
            ['GitVersion', cluster],
            ['Major', '1'],
            ['Minor', '33'],
          ]),
        ],
        ['APIVersions', unknowable],
      ]),
    ],
    ['Files', unknowable],
  ]);
}

/** Text that was written out, whose positions and lines are those of the template. */
function renderedSource(written: readonly Written[], template: SourceText): SourceText {
  const starts: number[] = [];
  let length = 0;
  for (const { text } of written) {
    starts.push(length);
    length += text.length;
  }
  const templateOffset = (offset: number): number => {
    const at = lastAtOrBefore(starts, offset);
    const piece = written[at];
    if (piece === undefined) return 0;
    return piece.isExact ? piece.at + Math.min(offset - (starts[at] ?? 0), piece.text.length) : piece.at;
  };
  return {
    text: written.map(({ text }) => text).join(''),
    lineCount: template.lineCount,
    line: template.line,
    position: (offset) => template.position(templateOffset(offset)),
  };
}

function lastAtOrBefore(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = Math.max(0, starts.length - 1);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
