const script = /(?:^|\/)(?:dist|build|out)\/(?:.*\/)?[^/]+\.[cm]?jsx?$/u;
const generated = /(?:^|\/)build\/(?:generated|lib)[^/]*\//u;

/** Whether a file lies where build output is kept. It is read where a package consists of it; elsewhere its source is. */
export function isBuiltPath(path: string): boolean {
  return script.test(path) || generated.test(path);
}
