import { describe, expect, it } from 'vitest';
import { analyzeFiles } from './analyze-files.spec-support.ts';

/** Wraps statements in a handler; `x` is data of the request, and `sink` is where it must not arrive. */
function handler(body: string): string {
  return `const { exec } = require('child_process');\nconst sink = (value) => exec('ls ' + value);\napp.get('/x', async (req, res) => {\n  const x = req.query.x;\n${body}\n});\n`;
}

async function ruleIds(code: string, path = 'src/case.js'): Promise<readonly string[]> {
  const { findings, coverage } = await analyzeFiles({ [path]: code });
  expect(coverage).toEqual([]);
  return [...new Set(findings.map((finding) => finding.ruleId))];
}

describe('data is followed through', () => {
  it.each([
    ['a variable', 'let y; y = x; sink(y);'],
    ['a compound assignment', "let y = 'a'; y += x; sink(y);"],
    ['one of two branches', "let y; if (a) y = x; else y = 'b'; sink(y);"],
    ['a conditional', "sink(a ? x : 'b');"],
    ['a default', "sink(x || 'b');"],
    ['a nullish default', "sink(x ?? 'b');"],
    ['a loop that carries it', "let y = 'a', z = 'b'; for (let i = 0; i < 3; i++) { sink(y); y = z; z = x; }"],
    ['a while loop', "let y = ''; while (more()) { y = y + x; } sink(y);"],
    ['a switch that falls through', "let y = 'a'; switch (a) { case 1: y = x; case 2: sink(y); }"],
    ['a try block', "let y = 'a'; try { y = x; risky(); } catch (error) { sink(y); }"],
    ['a finally block', "let y = 'a'; try { y = x; } finally { sink(y); }"],
    ['a break', 'let y; for (;;) { y = x; break; } sink(y);'],
    ['a property', 'const o = {}; o.y = x; sink(o.y);'],
    ['a nested property', 'const o = { a: { b: {} } }; o.a.b.c = x; sink(o.a.b.c);'],
    ['a computed property', "const o = {}; o['y' + n] = x; sink(o.anything);"],
    ['an alias of an object', 'const o = {}; const p = o; p.y = x; sink(o.y);'],
    ['destructuring', 'const { y } = { y: x }; sink(y);'],
    ['destructuring of a body', 'const { a: { b: [y] } } = req.body; sink(y);'],
    ['destructuring with a default', "const { y = 'a' } = req.body; sink(y);"],
    ['the rest of an object', 'const { a, ...rest } = req.body; sink(rest.b);'],
    ['the rest of a list', 'const [a, ...rest] = req.body.list; sink(rest[0]);'],
    ['a spread object', 'const o = { ...{ y: x } }; sink(o.y);'],
    ['a spread call', 'const args = [x]; sink(...args);'],
    ['an exception', "try { throw new Error('no ' + x); } catch (error) { sink(error.message); }"],
    ['an exception of a function', 'const f = (v) => { throw { reason: v }; }; try { f(x); } catch ({ reason }) { sink(reason); }'],
    [
      'an exception past a handler of another',
      'const f = () => { throw x; }; try { try { f(); } finally { log(); } } catch (e) { sink(e); }',
    ],
    ['a list of objects', 'const list = []; list.push({ y: x }); list.map((item) => sink(item.y));'],
    ['pairs of names and values', 'Object.entries(req.body).forEach(([name, value]) => sink(value));'],
    ['a rejected promise', 'new Promise(() => { throw x; }).catch((error) => sink(error));'],
    ['an emitter', "const e = new EventEmitter(); e.on('go', (v) => sink(v)); e.emit('go', x);"],
    [
      'an emitter that is a class',
      "class E extends EventEmitter { run(v) { this.emit('go', v); } } const e = new E(); e.once('go', sink); e.run(x);",
    ],
    ['a getter', 'const o = { get y() { return x; } }; sink(o.y);'],
    ['a getter of a class', 'class C { constructor(v) { this.v = v; } get y() { return this.v; } } sink(new C(x).y);'],
    ['a spread list', "const list = ['a', ...req.body.list]; sink(list[1]);"],
    ['a template', 'sink(`a${x}b`);'],
    ['String()', 'sink(String(x));'],
    ['methods of texts', "sink(x.trim().toLowerCase().split(',')[0]);"],
    ['a list', "const list = []; list.push(x); sink(list.join(' '));"],
    ['map', "sink([x].map((item) => 'a' + item)[0]);"],
    ['forEach', '[x].forEach((item) => sink(item));'],
    ['reduce', "sink([x].reduce((all, item) => all + item, ''));"],
    ['filter and find', 'sink([x].filter(Boolean).find((item) => item.length > 1));'],
    ['Object.entries', 'for (const [key, value] of Object.entries(req.body)) sink(value);'],
    ['Object.values', 'for (const value of Object.values({ a: x })) sink(value);'],
    ['Object.assign', 'const o = Object.assign({}, { y: x }); sink(o.y);'],
    ['JSON', 'sink(JSON.parse(JSON.stringify({ y: x })).y);'],
    ['a Map', "const map = new Map(); map.set('a', x); sink(map.get('a'));"],
    ['a Set', 'const set = new Set([x]); for (const item of set) sink(item);'],
    ['await', 'const y = await Promise.resolve(x); sink(y);'],
    ['then', 'Promise.resolve(x).then((y) => sink(y));'],
    ['a promise that is settled', 'const y = await new Promise((resolve) => resolve(x)); sink(y);'],
    ['Promise.all', 'const [a, b] = await Promise.all([other(), x]); sink(b);'],
    ['an async function', 'const f = async () => x; sink(await f());'],
    ['a generator', 'function* all() { yield x; } for (const item of all()) sink(item);'],
    ['a closure', 'const f = () => sink(x); f();'],
    ['a variable that a closure writes', "let y = 'a'; const set = () => { y = x; }; set(); sink(y);"],
    ['a callback', 'const run = (callback) => callback(x); run((y) => sink(y));'],
    ['a function that is returned', 'const make = (y) => () => y; sink(make(x)());'],
    ['bind', 'const f = sink.bind(null, x); f();'],
    ['call', 'sink.call(null, x);'],
    ['apply', 'sink.apply(null, [x]);'],
    ['arguments', 'function f() { sink(arguments[0]); } f(x);'],
    ['a default parameter', 'function f(y = x) { sink(y); } f();'],
    ['a rest parameter', 'function f(...all) { sink(all[0]); } f(x);'],
    ['a destructured parameter', 'function f({ y }) { sink(y); } f({ y: x });'],
    ['recursion', 'function f(y, n) { if (n === 0) sink(y); else f(y, n - 1); } f(x, 3);'],
    ['a class', 'class A { constructor(y) { this.y = y; } run() { sink(this.y); } } new A(x).run();'],
    ['a parent class', 'class A { constructor(y) { this.y = y; } } class B extends A { run() { sink(this.y); } } new B(x).run();'],
    [
      'a class that calls its parent',
      'class A { constructor(y) { this.y = y; } } class B extends A { constructor(y) { super(y); } run() { sink(this.y); } } new B(x).run();',
    ],
    ['a static method', 'class A { static run(y) { sink(y); } } A.run(x);'],
    ['a method of an object', 'const o = { run(y) { sink(y); } }; o.run(x);'],
    ['optional chaining', 'sink(req?.query?.y);'],
    ['a function expression that calls itself', 'const f = function g(y, n) { if (n === 0) sink(y); else g(y, n - 1); }; f(x, 3);'],
    ['a class of the older style', 'function A(y) { this.y = y; } A.prototype.run = function () { sink(this.y); }; new A(x).run();'],
    ['a prototype that is an object', 'function A() {} A.prototype = { run(y) { sink(y); } }; new A().run(x);'],
    [
      'an inherited method of the older style',
      "function A() {} A.prototype.run = function (y) { sink(y); }; function B() {} const util = require('util'); util.inherits(B, A); new B().run(x);",
    ],
    ['Object.create', 'const a = { run(y) { sink(y); } }; Object.create(a).run(x);'],
    ['a comma', 'sink((a, x));'],
    ['an immediate function', '(function (y) { sink(y); })(x);'],
    ['a helper that does not end', 'function f(y) { if (a) throw new Error(); return y; } sink(f(x));'],
  ])('%s', async (_name, body) => {
    expect(await ruleIds(handler(body))).toContain('js/command-injection');
  });
});

describe('data does not arrive through', () => {
  it.each([
    ['a helper whose tests are joined', "const ok = (v) => v === 'a' || v === 'b'; if (!ok(x)) return; sink(x);"],
    [
      'an element of a list that was tested',
      "const parts = x.split(','); for (let i = 0; i < 3; i++) { if (!/^\\w+$/.test(parts[i])) return; sink(parts[i]); }",
    ],
    ['an expression that must find something', 'if (/^\\w+$/.exec(x) === null) return; sink(x);'],
    ['an overwritten variable', "let y = x; y = 'a'; sink(y);"],
    ['the other property', "const o = { a: x, b: 'b' }; sink(o.b);"],
    ['a branch that ends', "let y = 'a'; if (a) { y = x; return; } sink(y);"],
    ['another call of the same helper', "const id = (y) => y; id(x); sink(id('a'));"],
    ['a number', 'sink(Number(x)); sink(parseInt(x, 10)); sink(+x); sink(x.length); sink(x * 2);'],
    ['a comparison', "sink(x === 'a'); sink(!x); sink(typeof x);"],
    ['a table', "const table = { a: 'b' }; sink(table[x]);"],
    ['a member that a symbol names', "const hidden = Symbol('hidden'); const o = { y: x }; o[hidden] = 'a'; sink(o[hidden]);"],
    ['a table in a Map', "const table = new Map([['a', 'b']]); sink(table.get(x));"],
    ['an allowed list', "if (!['a', 'b'].includes(x)) return; sink(x);"],
    ['an allowed set', "const allowed = new Set(['a']); if (allowed.has(x)) sink(x);"],
    ['a list that is imported', "const { allowed } = require('./settings'); if (!allowed.includes(x)) throw new Error(); sink(x);"],
    ['indexOf', "if (['a', 'b'].indexOf(x) === -1) return; sink(x);"],
    ['a test of a member path', "if (!['a'].includes(req.query.y)) return; sink(req.query.y);"],
    ['a comparison with a constant', "if (x === 'a' || x === 'b') sink(x);"],
    ['a switch', "switch (x) { case 'a': case 'b': sink(x); break; default: }"],
    ['an anchored expression', 'if (!/^[a-z0-9]+$/.test(x)) return; sink(x);'],
    ['match', 'if (!x.match(/^\\w+$/)) return; sink(x);'],
    ['hasOwn', 'const table = { a: 1 }; if (Object.hasOwn(table, x)) sink(x);'],
    ['in', 'const table = { a: 1 }; if (!(x in table)) return; sink(x);'],
    ['a predicate of the program', "const isAllowed = (y) => ['a', 'b'].includes(y); if (!isAllowed(x)) return; sink(x);"],
    ['a function that throws', "function check(y) { if (!['a'].includes(y)) throw new Error(); } check(x); sink(x);"],
    ['a sanitizer of the program', "const clean = (y) => y.replace(/[^a-z]/g, ''); sink(clean(x));"],
    ['an early return in a closure', "const f = () => { if (!['a'].includes(x)) return; sink(x); }; f();"],
    ['a guard before a closure', "if (!['a'].includes(x)) return; [1].forEach(() => sink(x));"],
    ['a test kept in a variable', "const ok = ['a'].includes(x); if (!ok) return; sink(x);"],
    ['a member that is overwritten', 'req.query.y = Number(req.query.y); sink(req.query.y);'],
    ['isInteger', 'if (!Number.isInteger(x)) return; sink(x);'],
    ['isNaN', 'if (isNaN(x)) return; sink(x);'],
    ['a call that never comes back', "if (!['a'].includes(x)) process.exit(1); sink(x);"],
    ['a context that throws', "if (!['a'].includes(x)) ctx.throw(400); sink(x);"],
  ])('%s', async (_name, body) => {
    expect(await ruleIds(handler(body))).not.toContain('js/command-injection');
  });
});

describe('a guard that does not hold', () => {
  it.each([
    ['a list that the request gives', 'if (!req.body.list.includes(x)) return; sink(x);'],
    ['the wrong way round', "if (['a'].includes(x)) return; sink(x);"],
    ['an expression that is not anchored', 'if (!/[a-z]/.test(x)) return; sink(x);'],
    ['an expression that lets anything through', 'if (!/^.*$/.test(x)) return; sink(x);'],
    ['a choice that breaks the anchors', 'if (!/^a|b$/.test(x)) return; sink(x);'],
    ['a guard on something else', "if (!['a'].includes(req.query.other)) return; sink(x);"],
    ['a guard in one arm only', "if (a) { if (!['a'].includes(x)) return; } sink(x);"],
    ['an assignment after the guard', "let y = x; if (!['a'].includes(y)) return; y = req.query.z; sink(y);"],
    ['an inequality with a constant', "if (x !== 'a') sink(x);"],
    ['a replacement of one character', "sink(x.replace(/;/g, ''));"],
    ['truthiness', 'if (x) sink(x);'],
    ['a test of another element', "const parts = x.split('.'); let i = 0; if (!/^\\w+$/.test(parts[i])) return; i++; sink(parts[i]);"],
    ['an exception that was not the data', "try { throw new Error('no'); } catch (error) { sink(x); }"],
  ])('%s', async (_name, body) => {
    expect(await ruleIds(handler(body))).toContain('js/command-injection');
  });
});

describe('frameworks', () => {
  it.each([
    [
      'hapi',
      "const server = require('@hapi/hapi').server(); server.route([{ method: 'POST', path: '/', options: { handler: (a) => exec(a.payload.x) } }]);",
    ],
    [
      'koa',
      "const Koa = require('koa'); const Router = require('@koa/router'); const r = new Router(); r.get('/', async (c) => { exec(c.query.x); });",
    ],
    ['fastify', "const f = require('fastify')(); f.post('/', { schema: {} }, async (r) => { exec(r.body.x); });"],
    ['fastify route', "const f = require('fastify')(); f.route({ method: 'GET', url: '/', handler: (a, b) => { exec(a.query.x); } });"],
    [
      'a fastify plugin',
      "module.exports = async function (fastify) { fastify.get('/', async (request, reply) => { exec(request.params.x); }); };",
    ],
    ['node http', "require('http').createServer((a, b) => { exec(new URL(a.url, 'http://h').searchParams.get('x')); }).listen(1);"],
    ['a lambda', 'exports.handler = async (event) => { exec(event.queryStringParameters.x); };'],
    ['a next route', 'export async function POST(request) { const body = await request.json(); exec(body.x); }'],
    ['a next page route', 'export default function handler(req, res) { exec(req.query.x); }'],
    ['a socket', "const io = require('socket.io')(1); io.on('connection', (socket) => { socket.on('run', (data) => exec(data.x)); });"],
    ['a list of handlers', "app.post('/', [check, (req, res) => { exec(req.body.x); }]);"],
    [
      'an async wrapper',
      "const wrap = (f) => (req, res, next) => Promise.resolve(f(req, res, next)).catch(next); app.get('/', wrap(async (a, b) => { exec(a.query.x); }));",
    ],
    [
      'a chained route',
      "const router = require('express').Router(); router.route('/').get((a, b) => { exec(a.query.x); }).post((a, b) => b.end());",
    ],
    ['a controller class', 'class Files { run(req, res) { this.go(req.body.x); } go(y) { exec(y); } } module.exports = new Files();'],
  ])('%s', async (_name, body) => {
    expect(await ruleIds(`const { exec } = require('child_process');\n${body}`)).toContain('js/command-injection');
  });

  it('nest', async () => {
    const code = `
import { Controller, Get, Param, Query } from '@nestjs/common';
import { exec } from 'node:child_process';
import { RunService } from './run.service';
@Controller()
export class RunController {
  constructor(private readonly runner: RunService) {}
  @Get(':id')
  run(@Param('id') id: string) {
    return this.runner.run(id);
  }
}`;
    const service = `
import { Injectable } from '@nestjs/common';
import { exec } from 'node:child_process';
@Injectable()
export class RunService {
  run(id: string) {
    exec('run ' + id);
  }
}`;
    const { findings } = await analyzeFiles({ 'src/run.controller.ts': code, 'src/run.service.ts': service });
    expect(findings.map((finding) => [finding.ruleId, finding.location.path])).toEqual([['js/command-injection', 'src/run.service.ts']]);
  });
});

describe('pollution', () => {
  it('of_one_tree_does_not_make_a_safe_merge_of_the_same_tree_look_unsafe', async () => {
    const code = `
const saved = new Map();
app.patch('/a', (req, res) => { saved.set('a', walk(saved.get('a') ?? {}, req.body)); res.end(); });
app.patch('/b', (req, res) => { saved.set('a', walkSafely(saved.get('a') ?? {}, req.body)); res.end(); });
function walk(target, changes) {
  for (const [key, value] of Object.entries(changes)) target[key] = isTree(value) ? walk(target[key] ?? {}, value) : value;
  return target;
}
function walkSafely(target, changes) {
  for (const [key, value] of Object.entries(changes)) {
    if (key === '__proto__') continue;
    const own = Object.hasOwn(target, key) ? target[key] : undefined;
    target[key] = isTree(value) ? walkSafely(isTree(own) ? own : {}, value) : value;
  }
  return target;
}
`;
    const { findings } = await analyzeFiles({ 'src/a.js': code });
    expect(findings.map((finding) => [finding.ruleId, finding.location.startLine])).toEqual([['js/prototype-pollution', 6]]);
  });
});

describe('files', () => {
  it.each([
    ['a module of functions', { 'a.js': "exports.run = (y) => require('child_process').exec(y);" }, "const { run } = require('./a');"],
    ['module.exports', { 'a.js': "module.exports = function (y) { require('child_process').exec(y); };" }, "const run = require('./a');"],
    [
      'an import',
      { 'a.ts': "import { exec } from 'child_process';\nexport const run = (y: string) => exec(y);" },
      "import { run } from './a';",
    ],
    [
      'an import with an ending',
      { 'a.ts': "import { exec } from 'child_process';\nexport function run(y: string) { exec(y); }" },
      "import { run } from './a.js';",
    ],
    [
      'a default export',
      { 'a.ts': "import { exec } from 'child_process';\nexport default (y: string) => exec(y);" },
      "import run from './a';",
    ],
    [
      'an index that hands on',
      { 'b/index.js': "export * from './c';", 'b/c.js': "import cp from 'child_process';\nexport function run(y) { cp.exec(y); }" },
      "import { run } from './b';",
    ],
    ['a renamed export', { 'a.js': "import { exec } from 'child_process';\nexport { exec as run };" }, "import { run } from './a';"],
    [
      'a namespace',
      { 'a.js': "import { exec } from 'child_process';\nexport const go = exec;" },
      "import * as a from './a';\nconst run = a.go;",
    ],
  ])('data crosses %s', async (_name, others, head) => {
    const files = { 'main.ts': `${head}\napp.get('/', (req, res) => { run(req.query.x); res.end(); });`, ...others };
    const { findings, coverage } = await analyzeFiles(files);
    expect(coverage).toEqual([]);
    expect(findings.map((finding) => finding.ruleId)).toEqual(['js/command-injection']);
    expect(findings[0]?.flow[0]?.location.path).toBe('main.ts');
  });

  it('files_that_import_each_other_end', async () => {
    const files = {
      'a.js': "const b = require('./b'); exports.x = b.y; exports.f = () => b.g();",
      'b.js': "const a = require('./a'); exports.y = a.x; exports.g = () => a.f();",
    };
    expect((await analyzeFiles(files)).coverage).toEqual([]);
  });
});
