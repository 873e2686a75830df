import { sourceText } from '@lib/engine/sdk';
import { present } from '@lib/kernel';
import { describe, expect, it } from 'vitest';
import type { Value } from '../model/value.ts';
import { callModules } from './call-modules.ts';
import { parseTerraform, readModules } from './read-modules.ts';
import { readTerraform } from './read-terraform.ts';

/** What the attribute `x` of the one resource evaluates to; `?` is unknown, `...` after an open collection. */
function valueOf(expression: string, rest = ''): unknown {
  const text = `resource "t" "a" {\n  x = ${expression}\n}\n${rest}`;
  const source = sourceText(new TextEncoder().encode(text));
  const file = { path: 'a.tf', sha256: 'a'.repeat(64), source: present(source.ok ? source.value : undefined, 'source') };
  const { parsed, problems } = parseTerraform(file);
  expect(problems).toEqual([]);
  const subject = callModules(readModules([parsed]))
    .flatMap(readTerraform)
    .find(({ address }) => address === 't.a');
  return subject?.value.kind === 'map' ? plain(present(subject.value.entries.get('x'), 'x').value) : 'made nothing';
}

function plain(value: Value): unknown {
  switch (value.kind) {
    case 'scalar':
      return value.value;
    case 'list':
      return [...value.items.map(plain), ...(value.open ? ['...'] : [])];
    case 'map':
      return {
        ...Object.fromEntries([...value.entries].map(([key, entry]) => [key, plain(entry.value)])),
        ...(value.open ? { '...': '' } : {}),
      };
    case 'encoded':
      return { encoded: plain(value.value) };
    case 'unknown':
      return '?';
  }
}

describe('expressions', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['7 - 2 - 1', 4],
    ['7 % 4', 3],
    ['6 / 4', 1.5],
    ['1 / 0', '?'],
    ['-3', -3],
    ['!false', true],
    ['1 < 2 && 2 <= 2', true],
    ['1 > 2 || 2 >= 3', false],
    ['1 == 1', true],
    ['"a" != "a"', false],
    ['var.none || true', true],
    ['var.none || false', '?'],
    ['false && var.none', false],
    ['true && var.none', '?'],
    ['true ? "a" : "b"', 'a'],
    ['false ? "a" : "b"', 'b'],
    ['var.none ? "a" : "a"', 'a'],
    ['var.none ? "a" : "b"', '?'],
    ['"a-${1 + 1}-${local.word}"', 'a-2-word'],
    ['"a-${var.none}"', '?'],
    ['"$${a} \\n \\u0041 %%{b}"', '${a} \n A %{b}'],
    ['[for n in [1, 2, 3] : n * 2 if n > 1]', [4, 6]],
    ['{ for k, v in { a = 1, b = 2 } : upper(k) => v }', { A: 1, B: 2 }],
    ['[for i, v in ["a", "b"] : "${i}${v}"]', ['0a', '1b']],
    ['[for n in [1] : n if var.none]', ['...']],
    ['{ for v in ["ab", "ac", "b"] : substr(v, 0, 1) => v... }', { a: ['ab', 'ac'], b: ['b'] }],
    ['null == null', true],
    ['{} == null', false],
    ['[] != null', true],
    ['var.none == null', '?'],
    ['[for n in var.none : n]', '?'],
    ['{ a = 1, (var.none) = 2 }', { a: 1, '...': '' }],
    ['{ "a" : { b = [1, 2] } }.a.b[1]', 2],
    ['[{ n = 1 }, { n = 2 }][*].n', [1, 2]],
    ['[1, 2][5]', '?'],
    ['other_type.b.size', 8],
    ['other_type.b.made_by_the_provider', '?'],
  ])('%s', (expression, expected) => {
    expect(valueOf(expression, 'locals {\n  word = "word"\n}\nresource "other_type" "b" {\n  size = 8\n}\n')).toEqual(expected);
  });
});

describe('functions', () => {
  it.each([
    ['jsonencode({ a = 1 })', { encoded: { a: 1 } }],
    ['yamlencode([1])', { encoded: [1] }],
    ['jsondecode(jsonencode({ a = 1 })).a', 1],
    ['merge({ a = 1, b = 1 }, { b = 2 })', { a: 1, b: 2 }],
    ['merge({ a = 1 }, var.none, { b = 2 })', { b: 2, '...': '' }],
    ['merge({ a = 1 }, merge({ c = 1 }, var.none), { b = 2 })', { b: 2, '...': '' }],
    ['merge({ a = 1 }, merge(var.none, { c = 1 }))', { c: 1, '...': '' }],
    ['concat([1], [2, 3])', [1, 2, 3]],
    ['concat([1], var.none)', [1, '...']],
    ['format("%s-%d%%-%q", "a", 2, "b")', 'a-2%-"b"'],
    ['format("%05d", 2)', '?'],
    ['join(",", ["a", "b"])', 'a,b'],
    ['join(",", ["a", var.none])', '?'],
    ['split(",", "a,b")', ['a', 'b']],
    ['flatten([[1, [2]], 3])', [1, 2, 3]],
    ['flatten([[1], var.none])', [1, '?', '...']],
    ['compact(["a", "", "b"])', ['a', 'b']],
    ['toset(["a"])', ['a']],
    ['tolist(["a"])', ['a']],
    ['distinct(["a"])', ['a']],
    ['tomap({ a = 1 })', { a: 1 }],
    ['tostring(1)', '1'],
    ['tonumber("1")', 1],
    ['tobool("true")', true],
    ['tobool("false")', false],
    ['lower("A")', 'a'],
    ['upper("a")', 'A'],
    ['trimspace(" a ")', 'a'],
    ['replace("a.b.c", ".", "-")', 'a-b-c'],
    ['replace("a1", "/[0-9]/", "")', '?'],
    ['length([1, 2])', 2],
    ['length({ a = 1 })', 1],
    ['length("abc")', 3],
    ['length(concat([1], var.none))', '?'],
    ['keys({ b = 1, a = 2 })', ['a', 'b']],
    ['values({ b = 1, a = 2 })', [2, 1]],
    ['lookup({ a = 1 }, "a", 2)', 1],
    ['lookup({ a = 1 }, "b", 2)', 2],
    ['lookup(merge({ a = 1 }, var.none), "b", 2)', '?'],
    ['element(["a", "b"], 3)', 'b'],
    ['element([], 0)', '?'],
    ['contains(["a"], "a")', true],
    ['contains(["a"], "b")', false],
    ['contains(concat(["a"], var.none), "b")', '?'],
    ['coalesce("", "a")', 'a'],
    ['coalesce(null, "a")', 'a'],
    ['coalesce(var.none, "a")', '?'],
    ['try("a", "b")', 'a'],
    ['try(var.none, "b")', '?'],
    ['sensitive("a")', 'a'],
    ['nonsensitive("a")', 'a'],
    ['timestamp()', '?'],
    ['concat([[1], [2]]...)', [1, 2]],
    ['concat(var.none...)', '?'],
    ['merge([{ a = 1 }, { b = 2 }]...)', { a: 1, b: 2 }],
    ['try({}.a, "b")', 'b'],
    ['try([][0], {}.x.y, "b")', 'b'],
    ['can({}.a)', false],
    ['can("a")', true],
    ['can(var.none)', '?'],
    ['toset(["a", "b", "a"])', ['a', 'b']],
    ['jsondecode("{\\"a\\": [1]}").a[0]', 1],
    ['title("hello world")', 'Hello World'],
    ['trim("??a?", "?")', 'a'],
    ['trimprefix("ab", "a")', 'b'],
    ['trimsuffix("ab", "b")', 'a'],
    ['startswith("ab", "a")', true],
    ['endswith("ab", "a")', false],
    ['strcontains("abc", "b")', true],
    ['substr("hello", 1, 3)', 'ell'],
    ['substr("hello", -3, -1)', 'llo'],
    ['base64decode(base64encode("a"))', 'a'],
    ['max(1, 3, 2)', 3],
    ['min(1, 3, 2)', 1],
    ['ceil(1.2)', 2],
    ['parseint("ff", 16)', 255],
    ['formatlist("%s-%s", ["a", "b"], "c")', ['a-c', 'b-c']],
    ['formatlist("%s", [var.none])', '?'],
    ['one(["a"])', 'a'],
    ['one([])', null],
    ['sum([1, 2])', 3],
    ['alltrue([true, false])', false],
    ['anytrue([true, false])', true],
    ['reverse(["a", "b"])', ['b', 'a']],
    ['sort(["b", "a"])', ['a', 'b']],
    ['slice(["a", "b", "c"], 1, 2)', ['b']],
    ['index(["a", "b"], "b")', 1],
    ['range(3)', [0, 1, 2]],
    ['range(1, 8, 3)', [1, 4, 7]],
    ['chunklist([1, 2, 3], 2)', [[1, 2], [3]]],
    ['coalescelist([], ["a"])', ['a']],
    ['setunion(["a"], ["b", "a"])', ['a', 'b']],
    ['setintersection(["a", "b"], ["b"])', ['b']],
    ['setsubtract(["a", "b"], ["b"])', ['a']],
    [
      'setproduct(["a"], ["b", "c"])',
      [
        ['a', 'b'],
        ['a', 'c'],
      ],
    ],
    ['zipmap(["a", "b"], [1, 2])', { a: 1, b: 2 }],
    ['matchkeys(["x", "y"], ["a", "b"], ["b"])', ['y']],
    ['cidrsubnet("10.0.0.0/16", 8, 2)', '10.0.2.0/24'],
    ['cidrsubnet("10.0.0.0/16", 8, 256)', '?'],
    ['cidrsubnets("10.0.0.0/16", 8, 4)', ['10.0.0.0/24', '10.0.16.0/20']],
    ['cidrhost("10.0.0.0/24", 5)', '10.0.0.5'],
    ['cidrhost("10.0.0.0/24", -1)', '10.0.0.255'],
    ['cidrnetmask("10.0.0.0/20")', '255.255.240.0'],
    ['cidrsubnet("2001:db8::/32", 8, 1)', '?'],
  ])('%s', (expression, expected) => {
    expect(valueOf(expression)).toEqual(expected);
  });
});

describe('count_and_for_each', () => {
  it.each([
    ['count = 0', 'made nothing'],
    ['count = "0"', 'made nothing'],
    ['count = 1', 1],
    ['count = var.none', 1],
    ['count = false ? 1 : 0', 'made nothing'],
    ['for_each = {}', 'made nothing'],
    ['for_each = toset([])', 'made nothing'],
    ['for_each = toset(["a"])', 1],
    ['for_each = var.none', 1],
    ['for_each = merge({}, var.none)', 1],
    ['for_each = { for n in ["a"] : n => n if false }', 'made nothing'],
  ])('%s', (line, expected) => {
    expect(valueOf(`1\n  ${line}`)).toEqual(expected);
  });
});

describe('members', () => {
  it.each([
    ['each.value', 'for_each = { one = "a" }', 'a'],
    ['each.key', 'for_each = { one = "a" }', 'one'],
    ['each.key', 'for_each = toset(["a"])', 'a'],
    ['each.value.acl', 'for_each = { one = { acl = "private" } }', 'private'],
    ['each.value', 'for_each = var.none', '?'],
    ['count.index', 'count = 1', 0],
    ['count.index', 'count = var.none', '?'],
    ['["a", "b"][count.index]', 'count = 1', 'a'],
  ])('%s of %s', (expression, line, expected) => {
    expect(valueOf(`${expression}\n  ${line}`)).toEqual(expected);
  });
});

describe('variables', () => {
  it.each([
    ['var.v.on', 'variable "v" {\n  type = object({ on = optional(bool, true) })\n  default = {}\n}\n', true],
    ['var.v.on', 'variable "v" {\n  type = object({ on = optional(bool) })\n  default = {}\n}\n', null],
    ['var.v.on', 'variable "v" {\n  type = object({ on = optional(bool, true) })\n  default = { on = false }\n}\n', false],
    ['var.v["a"].on', 'variable "v" {\n  type = map(object({ on = optional(bool, true) }))\n  default = { a = {} }\n}\n', true],
    ['var.v[0].on', 'variable "v" {\n  type = list(object({ on = optional(bool, true) }))\n  default = [{}]\n}\n', true],
    ['var.v.on', 'variable "v" {\n  type = object({ on = optional(bool, true) })\n}\n', '?'],
  ])('%s with %s', (expression, declaration, expected) => {
    expect(valueOf(expression, declaration)).toEqual(expected);
  });
});
