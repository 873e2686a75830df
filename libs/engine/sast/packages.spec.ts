import { describe, expect, it } from 'vitest';
import { analyzeFiles } from './analyze-files.spec-support.ts';

/** Where a package runs a command that its users complete. */
async function commandPaths(files: Readonly<Record<string, string>>, settings: object = {}): Promise<readonly string[]> {
  const { findings, coverage } = await analyzeFiles({ ...files, 'package.json': JSON.stringify({ name: 'case', ...settings }) });
  expect(coverage).toEqual([]);
  return findings.filter(({ ruleId }) => ruleId === 'js/library-command-injection').map(({ location }) => location.path);
}

const inner = "const { execSync } = require('child_process');\nconst run = (name) => execSync('ls ' + name);\n";

describe('what a package exports is found where', () => {
  it.each([
    ['it is a getter of an object', `${inner}module.exports = { get run() { return run; } };`],
    ['it is a static getter of a class', `${inner}module.exports = class { static get run() { return run; } };`],
    ['it is described by a value', `${inner}Object.defineProperty(exports, 'run', { value: run });`],
    ['it is described by a getter', `${inner}Object.defineProperty(exports, 'run', { enumerable: true, get: () => run });`],
    ['it is described with others', `${inner}Object.defineProperties(module.exports, { run: { value: run } });`],
    [
      'a bundler describes it by a list of getters',
      `const define = Object.defineProperty;
       const list = (target, all) => { for (var name in all) define(target, name, { get: all[name], enumerable: true }); };
       const names = Object.getOwnPropertyNames;
       const copy = (to, from) => { for (let key of names(from)) define(to, key, { get: () => from[key] }); return to; };
       const made = {};
       list(made, { run: () => run });
       module.exports = copy(define({}, '__esModule', { value: true }), made);
       ${inner}`,
    ],
    [
      'one form serves every loader',
      `(function (root, factory) {
         if (typeof define === 'function' && define.amd) define(['child_process'], factory);
         else if (typeof module === 'object' && module.exports) module.exports = factory(require('child_process'));
         else root.tool = factory(root.process);
       })(this, function (processes) {
         function Tool() {}
         Tool.prototype.run = function (name) { processes.execSync('ls ' + name); };
         return new Tool();
       });`,
    ],
    [
      'asynchronous functions were compiled to generators',
      `const { exec } = require('child_process');
       var wait = (this && this.wait) || function (self, args, P, generator) {
         return new (P || (P = Promise))(function (resolve) {
           function step(result) { result.done ? resolve(result.value) : step(generator.next(result.value)); }
           step((generator = generator.apply(self, args || [])).next());
         });
       };
       exports.run = function (name) { return wait(this, void 0, void 0, function* () { return yield exec('ls ' + name); }); };`,
    ],
    [
      'further arguments are joined',
      `const { execSync } = require('child_process');
       const line = (...parts) => parts.filter(Boolean).map(String).join(' ');
       module.exports = (name, options) => execSync(line('tar', 'xf', name, ...(options.flags || [])));`,
    ],
    [
      'settings are merged with defaults',
      "const { exec } = require('child_process');\nconst extend = require('util')._extend;\nmodule.exports = (options, done) => exec('tool ' + extend(extend({}, { level: 1 }), options).target, done);",
    ],
    [
      'entries of the settings are put together',
      "const { exec } = require('child_process');\nmodule.exports = (options, done) => exec('tool ' + Object.entries(options).map(([key, value]) => `--${key} ${value}`).join(' '), done);",
    ],
    [
      'a method is borrowed for the arguments',
      "const { exec } = require('child_process');\nmodule.exports = function () { const all = Array.prototype.slice.call(arguments); exec('tool ' + all.join(' '), all.pop()); };",
    ],
    [
      'a list is gone through by a library',
      "const async = require('async');\nconst { exec } = require('child_process');\nmodule.exports = (files, done) => async.eachLimit(files, 2, (file, next) => exec('tool ' + file, next), done);",
    ],
    ['what runs it is applied', "const cp = require('child_process');\nmodule.exports = (name) => cp.execSync.apply(cp, ['ls ' + name]);"],
    ['all arguments are passed on', `${inner}module.exports = function () { return run.apply(null, arguments); };`],
    [
      'a shell joins them',
      "const { spawn } = require('child_process');\nmodule.exports = (target, options) => spawn('make', [target], { shell: true, ...options });",
    ],
    ['it comes from a factory of another file', "module.exports = require('./tool')({ quiet: true });"],
  ])('%s', async (_, code) => {
    const tool = `${inner}module.exports = (options) => ({ run: (name) => run(name, options) });`;
    expect(await commandPaths({ 'index.js': code, 'tool.js': tool })).toHaveLength(1);
  });
});

describe('what a package loads by a computed name', () => {
  const loader =
    "const fs = require('fs');\nconst path = require('path');\nfs.readdirSync(path.join(__dirname, 'lib')).forEach((file) => { exports[path.basename(file, '.js')] = require(PLACE); });";
  const files = { 'lib/run.js': `${inner}module.exports = run;`, 'other/list.js': `${inner}module.exports = run;` };

  it.each([
    ['a text', "'./lib/' + file"],
    ['a template', '`./lib/${file}`'],
    ['a joined path', "path.join(__dirname, 'lib', file)"],
  ])('is_found_below_the_folder_that_begins_%s', async (_, place) => {
    expect(await commandPaths({ ...files, 'index.js': loader.replace('PLACE', () => place) })).toEqual(['lib/run.js']);
  });

  it('is_not_guessed_where_no_folder_is_named', async () => {
    expect(await commandPaths({ ...files, 'index.js': loader.replace('PLACE', 'file') })).toEqual([]);
  });
});

describe('build output', () => {
  const code = `${inner}exports.run = run;`;

  it('is_read_where_a_package_consists_of_it', async () => {
    expect(await commandPaths({ 'dist/index.js': code }, { main: 'dist/index.js' })).toEqual(['dist/index.js']);
    expect(await commandPaths({ 'index.js': "module.exports = require('./build/main');", 'build/main.js': code })).toEqual([
      'build/main.js',
    ]);
  });

  it('is_read_for_every_way_into_a_package', async () => {
    const settings = { exports: { '.': { require: './dist/a.cjs' }, './more': './dist/b.js' } };
    expect(await commandPaths({ 'dist/a.cjs': '', 'dist/b.js': code }, settings)).toEqual(['dist/b.js']);
  });

  it('stands_for_its_source_where_that_is_there', async () => {
    const files = { 'dist/index.js': code, 'src/index.js': code };
    expect(await commandPaths(files, { main: 'dist/index.js' })).toEqual(['src/index.js']);
  });

  it('that_no_package_is_entered_by_is_left_alone', async () => {
    expect(await commandPaths({ 'index.js': '', 'out/site.js': code })).toEqual([]);
  });

  it('is_told_from_source_that_lies_in_a_folder_of_that_name', async () => {
    const { findings } = await analyzeFiles({
      'tools/build/run.ts': "import { execSync } from 'child_process';\nexecSync('ls ' + process.argv[2]);",
    });
    expect(findings.map(({ ruleId }) => ruleId)).toEqual(['js/command-line-injection']);
  });
});
