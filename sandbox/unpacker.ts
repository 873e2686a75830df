import { enterSandbox, readUnpackerOrder } from './run/enter-sandbox.ts';
import { writeLine } from './run/write-line.ts';
import { archiveInput } from './unpack/archive-input.ts';
import { unpackArchive } from './unpack/unpack-archive.ts';

const standardInput = 0;

const order = readUnpackerOrder();
process.umask(0o022); // modes are meant as they are said
await enterSandbox(order);
await unpackArchive({
  input: archiveInput(standardInput, () => process.stdin),
  format: order.format,
  target: order.targetDirectory,
  emit: (message) => writeLine(JSON.stringify(message)),
});
writeLine(JSON.stringify({ type: 'end' }));
process.exit(0);
