import type { ScanProgress } from '@lib/contract';
import type { TerminalStyle } from '../terminal/terminal-style.ts';

/** Where progress goes. On a terminal one line is redrawn; elsewhere each change of stage, and each tenth of the files, is a plain line. */
export type ProgressDrawing = { readonly draw: (progress: ScanProgress) => void; readonly end: () => void };

const stageWords: Readonly<Record<ScanProgress['stage'], string>> = {
  queued: 'waiting in the queue',
  ingest: 'sealing the tree',
  analyze: 'analysing in the sandbox',
  record: 'sealing evidence',
  done: 'done',
};
const barCells = 24;

/** Draws the progress of one scan on `write`. */
export function drawProgress(write: (text: string) => void, style: TerminalStyle): ProgressDrawing {
  let lastPlain = '';
  let drawn = false;
  return {
    draw: (progress) => {
      if (style.interactive) {
        write(`\r\u001b[2K${bar(progress)} ${describe(progress)}`);
        drawn = true;
        return;
      }
      const step = `${progress.stage} ${String(Math.floor(share(progress) * 10))}`;
      if (step === lastPlain) return;
      lastPlain = step;
      write(`  ${describe(progress)}\n`);
    },
    end: () => {
      if (drawn) write('\r\u001b[2K');
    },
  };
}

function describe(progress: ScanProgress): string {
  const files = progress.filesTotal === 0 ? '' : ` · ${String(progress.filesDone)}/${String(progress.filesTotal)} files`;
  const findings = progress.stage === 'analyze' || progress.stage === 'record' || progress.stage === 'done';
  const analyzer = progress.analyzer === undefined ? '' : ` · ${progress.analyzer}`;
  return `${stageWords[progress.stage]}${analyzer}${files}${findings ? ` · ${String(progress.findingCount)} findings` : ''}`;
}

function bar(progress: ScanProgress): string {
  const full = Math.round(share(progress) * barCells);
  return `${'█'.repeat(full)}${'░'.repeat(barCells - full)}`;
}

function share(progress: ScanProgress): number {
  return progress.filesTotal === 0 ? 0 : Math.min(1, progress.filesDone / progress.filesTotal);
}
