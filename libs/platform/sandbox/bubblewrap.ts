import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { limits } from '@lib/contract';
import type { Identity } from './unprivileged-identity.ts';

const places = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap']; // fixed: what PATH says is not our choice
const libraries = ['/lib', '/lib64', '/usr/lib', '/usr/lib64', '/etc/ld.so.cache', '/etc/ssl/openssl.cnf'];

/** Where bubblewrap is, or undefined. */
export function findBubblewrap(): string | undefined {
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What the sandboxed process may see of the file system; everything else does not exist in there. */
export type MountView = { readonly readOnly: readonly string[]; readonly writable: readonly string[] };

/** Arguments of bubblewrap: new namespaces of every kind, no capabilities, no environment, a view of a few places. */
export function bubblewrapArguments(view: MountView): readonly string[] {
  return [
    '--unshare-all',
    '--unshare-user',
    '--disable-userns',
    '--die-with-parent',
    '--new-session',
    '--cap-drop',
    'ALL',
    '--clearenv',
    ...libraries.flatMap((path) => ['--ro-bind-try', path, path]),
    ...view.readOnly.flatMap((path) => ['--ro-bind', path, path]),
    ...view.writable.flatMap((path) => ['--bind', path, path]),
    '--dev',
    '/dev',
    '--proc',
    '/proc',
    '--chdir',
    '/',
    '--remount-ro',
    '/',
    '--',
  ];
}

/** Tries bubblewrap as the user who would run it: kernels and containers often forbid it. */
export function bubblewrapWorks(bubblewrap: string, nodePath: string, identity: Identity | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = spawn(bubblewrap, [...bubblewrapArguments({ readOnly: [nodePath], writable: [] }), nodePath, '--version'], {
      stdio: 'ignore',
      env: {},
      cwd: '/',
      timeout: limits.sandboxTrialMs,
      killSignal: 'SIGKILL',
      ...(identity === undefined ? {} : { uid: identity.uid, gid: identity.gid }),
    });
    probe.once('error', () => resolve(false));
    probe.once('exit', (code) => resolve(code === 0));
  });
}
