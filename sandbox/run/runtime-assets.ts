import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Assets } from '@lib/engine/sdk';
import { Fault } from '@lib/kernel';

/** The compiled rules and grammars of the staged runtime. A name is one file in `assets/`, never a path. */
export function runtimeAssets(runtimeDirectory: string): Assets {
  return {
    read: (name) => {
      if (!/^[\w-]+(?:\.[\w-]+)*$/u.test(name)) throw new Fault('sandbox.asset_refused', { internal: `not an asset name: ${name}` });
      return readFileSync(join(runtimeDirectory, 'assets', name));
    },
  };
}
