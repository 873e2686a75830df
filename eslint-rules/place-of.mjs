import { relative, sep } from 'node:path';

/** Where a linted file lies in the repository, with `/`. Specs lint files of a small copy, whose root they give in the settings. */
export function placeOf(context) {
  const root = context.settings.aegisRoot ?? context.cwd;
  return relative(root, context.filename).split(sep).join('/');
}

/** Whether a file is a test or stands in for something in tests. */
export function isTest(place) {
  return /\.(?:spec|bench|spec-support)\.tsx?$|\/testing\/|^sandbox\/escape\//u.test(place);
}
