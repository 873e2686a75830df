import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import type { Kit, Probe } from '../probe.ts';

const descriptorsMax = 1024;
const fileBytesMax = 256 * 2 ** 20;
const beyond = 64; // how many more than allowed are asked for

/** Opens more files than there may be descriptors, and gives them back: what comes after must still find some. */
function descriptors(): void {
  const open: number[] = [];
  try {
    while (open.length < descriptorsMax + beyond) open.push(openSync(process.execPath, 'r'));
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}

/** Writes one byte past the largest file that there may be. The file has holes: without the limit it takes no room. */
function file({ targets }: Kit): void {
  const path = `${targets.fill}/bomb`;
  const descriptor = openSync(path, 'w');
  try {
    writeSync(descriptor, 'x', fileBytesMax + 1);
  } finally {
    closeSync(descriptor);
    unlinkSync(path);
  }
}

/** Resources taken until there are no more: an answer that the code gets, an ordinary error, and work goes on. */
export const bombs: readonly Probe[] = [
  {
    id: 'bomb/descriptors',
    wants: 'hold every descriptor of the machine',
    stoppedBy: ['rlimits'],
    attempt: descriptors,
    locked: 'EMFILE',
    filling: 'EMFILE',
    bare: 'ok',
  },
  {
    id: 'bomb/file-without-end',
    wants: 'fill the disk',
    stoppedBy: ['rlimits', 'stage 2', 'Landlock', 'bubblewrap'],
    attempt: file,
    locked: 'EROFS',
    early: { 'bubblewrap+Landlock': 'EROFS', bubblewrap: 'EROFS', Landlock: 'EACCES' },
    filling: 'EFBIG',
    bare: 'ok',
  },
];
