import { isSettingsPath } from './project/project-layout.ts';

const source = /\.(?:[cm]?[jt]s|[jt]sx|java|py|go|properties)$/u;
const declaration = /\.d\.(?:[cm]?ts|\w+\.ts)$/u;
const foreign =
  /(?:^|\/)(?:node_modules|bower_components|\.next|\.nuxt|\.output|coverage|vendor)\/|[.-]min\.[cm]?js$|\.bundle\.js$|(?:^|\/)\.yarn\//u;

/** Whether a path is source that this analyzer may read, or says how sources find each other: not declarations, packages of others, minified files. */
export function wantsPath(path: string): boolean {
  if (foreign.test(path)) return false;
  return isSettingsPath(path) || (source.test(path) && !declaration.test(path));
}

const test =
  /(?:^|\/)(?:__tests__|__mocks__|tests?|specs?|e2e(?:-\w+)?|cypress|fixtures|examples?)\/|[.-](?:test|spec|e2e|stories)\.[cm]?[jt]sx?$|(?:^|\/)src\/test\/|Tests?\.java$|(?:^|\/)(?:test_[^/]*|[^/]*_test|conftest)\.py$|_test\.go$/u;

/** Whether a file is test code or an example, where much is done on purpose and nothing is run for others. */
export function isTestPath(path: string): boolean {
  return test.test(path);
}
