import { mkdirSync, mkdtempSync, readlinkSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '@lib/contract';
import { leaveOuts } from './leave-outs.ts';
import { walkFolder } from './walk-folder.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'walk-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function walk(onFirstFile: () => void): Promise<{ texts: readonly string[]; dropped: number }> {
  const left = leaveOuts(limits);
  const texts: string[] = [];
  let first = true;
  const stop = await walkFolder(join(root, 'tree'), {
    bounds: limits,
    left,
    isCancelled: () => false,
    onFile: async (_path, handle) => {
      if (first) onFirstFile();
      first = false;
      texts.push(await handle.readFile('utf8'));
      return undefined;
    },
  });
  expect(stop).toBeUndefined();
  return { texts, dropped: left.counts.symlink_dropped ?? 0 };
}

const isLink = (path: string): boolean => {
  try {
    readlinkSync(path);
    return true;
  } catch {
    return false;
  }
};

describe('walkFolder against somebody who changes the tree meanwhile', () => {
  beforeEach(() => {
    mkdirSync(join(root, 'tree', 'sub'), { recursive: true });
    mkdirSync(join(root, 'outside'));
    writeFileSync(join(root, 'outside', 'secret'), 'outside');
    writeFileSync(join(root, 'tree', 'sub', 'secret'), 'inside');
  });

  it('a_folder_swapped_for_a_link_after_it_was_listed_is_not_entered', async () => {
    writeFileSync(join(root, 'tree', 'first'), 'first');
    const { texts, dropped } = await walk(() => {
      renameSync(join(root, 'tree', 'sub'), join(root, 'away'));
      symlinkSync(join(root, 'outside'), join(root, 'tree', 'sub'));
    });
    expect(texts).toEqual(['first']);
    expect(dropped).toBe(1);
  });

  it('files_swapped_for_links_after_they_were_listed_are_not_read', async () => {
    const names = Array.from({ length: 400 }, (_, index) => join(root, 'tree', `f${String(index)}`));
    for (const name of names) writeFileSync(name, 'inside');
    const { texts, dropped } = await walk(() => {
      for (const name of names) {
        unlinkSync(name);
        symlinkSync(join(root, 'outside', 'secret'), name);
      }
    });
    expect(names.every(isLink)).toBe(true);
    expect(texts).not.toContain('outside');
    expect(dropped).toBeGreaterThan(300);
  });

  it('a_parent_swapped_for_a_link_while_its_child_is_walked_changes_nothing', async () => {
    mkdirSync(join(root, 'tree', 'sub', 'below'));
    writeFileSync(join(root, 'tree', 'sub', 'below', 'secret'), 'inside');
    mkdirSync(join(root, 'outside', 'below'));
    writeFileSync(join(root, 'outside', 'below', 'secret'), 'outside');
    const { texts } = await walk(() => {
      // the first file is `sub/secret`: `sub` is open by descriptor, its name now leads elsewhere
      renameSync(join(root, 'tree', 'sub'), join(root, 'away'));
      symlinkSync(join(root, 'outside'), join(root, 'tree', 'sub'));
    });
    expect(texts).toEqual(['inside', 'inside']);
  });
});
