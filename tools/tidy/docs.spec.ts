import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawRings } from './draw-rings.ts';
import { repositoryFiles, textOf } from './repository-files.ts';

const root = join(import.meta.dirname, '../..');
const pages = repositoryFiles.filter((path) => path.endsWith('.md'));
const decisions = repositoryFiles.filter((path) => path.startsWith('docs/adr/'));
// the drawing is made from the table of rings, which may be ahead of the tree
const withoutBlocks = (text: string): string => text.replaceAll(/```[\s\S]*?```|<!-- rings[\s\S]*?<!-- \/rings -->/gu, '');

describe('pages', () => {
  it.each(pages)('%s links to what is there', (page) => {
    const links = [...withoutBlocks(textOf(page)).matchAll(/\]\((?<target>[^)\s]+)\)/gu)].map((match) => match.groups?.['target'] ?? '');
    const local = links.filter((target) => !/^(?:[a-z]+:|#)/u.test(target)).map((target) => target.replace(/#.*$/u, ''));
    expect(local.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
  });

  it.each(pages.filter((path) => /^(?:docs\/|[A-Z]+[.]md)/u.test(path)))('%s names folders and files that are there', (page) => {
    const named = [
      ...withoutBlocks(textOf(page)).matchAll(
        /`(?<path>(?:apps|libs|db|docs|tools|sandbox|infra|vuln-saas|eslint-rules|[.]ci)\/[^`\s]*)`/gu,
      ),
    ];
    const fixed = named.map((match) => match.groups?.['path'] ?? '').filter((path) => !/[<>*{}]/u.test(path));
    expect(fixed.filter((path) => !existsSync(join(root, normalize(path))))).toEqual([]);
  });

  it.each(pages)('%s names no script that package.json lacks', (page) => {
    const scripts = [...textOf(page).matchAll(/\bnpm run (?<name>[\w:-]+)/gu)].map((match) => match.groups?.['name'] ?? '');
    expect(scripts.filter((name) => !textOf('package.json').includes(`"${name}":`))).toEqual([]);
  });

  it('the_drawing_of_the_rings_is_that_of_the_table', () => {
    const drawn = /<!-- rings: node tools\/tidy\/draw-rings[.]ts -->\n+(?<drawing>[\s\S]*?)\n+<!-- \/rings -->/u.exec(
      textOf('docs/architecture.md'),
    );
    expect(drawn?.groups?.['drawing']?.trim()).toBe(drawRings());
  });
});

describe('decisions', () => {
  it('they_are_numbered_without_a_gap', () => {
    expect(decisions.map((path) => Number(/\/(\d{4})-/u.exec(path)?.[1]))).toEqual(decisions.map((_, index) => index + 1));
  });

  it.each(decisions)('%s fits a page and says what was decided and what it costs', (path) => {
    const text = textOf(path);
    expect(text.split('\n').length).toBeLessThanOrEqual(60);
    for (const heading of ['## Context', '## Decision', '## Consequences']) expect(text).toContain(heading);
  });
});
