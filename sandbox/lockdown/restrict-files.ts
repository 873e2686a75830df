import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { addPathRule, createRuleset, landlockVersion, restrictSelf } from './native-calls.ts';

/** What stays reachable once Landlock is on; everything else is EACCES, TCP and signals to others included where the kernel can. */
export type FileGrants = {
  readonly run: readonly string[];
  readonly read: readonly string[];
  readonly readWriteFiles: readonly string[];
  /** Folders in which files and folders may be made, written, renamed and removed; nothing else, and nothing in there may be run. */
  readonly fill: readonly string[];
};

// Source: linux/include/uapi/linux/landlock.h.
const rights = { execute: 1, writeFile: 2, readFile: 4, readFolder: 8, truncate: 1 << 14, device: 1 << 15 } as const;
const filling =
  rights.writeFile |
  rights.readFile |
  rights.readFolder |
  rights.truncate |
  (1 << 4) | // remove folders
  (1 << 5) | // remove files
  (1 << 7) | // make folders
  (1 << 8) | // make files
  (1 << 13); // rename from one folder below to another
const fileOnly = rights.execute | rights.writeFile | rights.readFile | rights.truncate | rights.device;
const openPathOnly = 0x200000; // O_PATH

/**
 * Restricts the calling thread and what it becomes by execve; other threads of a running Node stay free, which is why this runs in the launcher.
 * Paths that do not exist are skipped. Answers the Landlock version in force, 0 when the kernel has none.
 */
export function restrictFiles(grants: FileGrants): number {
  const version = landlockVersion();
  if (version === 0) return 0;
  const handled = handledRights(version);
  const ruleset = createRuleset(attributes(version, handled));
  for (const path of grants.run) grant(ruleset, path, handled & (rights.execute | rights.readFile | rights.readFolder));
  for (const path of grants.read) grant(ruleset, path, handled & (rights.readFile | rights.readFolder));
  for (const path of grants.readWriteFiles) grant(ruleset, path, handled & (rights.readFile | rights.writeFile));
  for (const path of grants.fill) grant(ruleset, path, handled & filling);
  restrictSelf(ruleset);
  closeSync(ruleset);
  return version;
}

function handledRights(version: number): number {
  if (version >= 5) return 0xffff;
  if (version >= 3) return 0x7fff;
  return version === 2 ? 0x3fff : 0x1fff;
}

function attributes(version: number, handled: number): Uint8Array {
  const tcpBindConnect = version >= 4 ? [3n] : [];
  const abstractSocketsAndSignals = version >= 6 ? [3n] : [];
  return new Uint8Array(new BigUint64Array([BigInt(handled), ...tcpBindConnect, ...abstractSocketsAndSignals]).buffer);
}

function grant(ruleset: number, path: string, allowed: number): void {
  const place = openIfThere(path);
  if (place === undefined) return;
  const rule = new DataView(new ArrayBuffer(12)); // packed: u64 rights, s32 descriptor
  const effective = fstatSync(place).isDirectory() ? allowed : allowed & fileOnly;
  rule.setBigUint64(0, BigInt(effective), true);
  rule.setInt32(8, place, true);
  addPathRule(ruleset, new Uint8Array(rule.buffer));
  closeSync(place);
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, openPathOnly | constants.O_RDONLY);
  } catch {
    return undefined; // not on this distribution: what is not there needs no grant
  }
}
