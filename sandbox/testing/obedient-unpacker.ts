// Stands in for the unpacker: behind the real walls it does what the first line of its input says, so that the supervised start is tested
// apart from what any archive holds.
import * as fs from 'node:fs';
import { enterSandbox, readUnpackerOrder } from '../run/enter-sandbox.ts';
import { writeLine } from '../run/write-line.ts';

const order = readUnpackerOrder();
await enterSandbox(order);
const target = order.targetDirectory;
const say = (name: string, outcome: string | number): void => writeLine(JSON.stringify({ type: 'said', name, outcome: String(outcome) }));

function tryAll(attempts: Readonly<Record<string, () => unknown>>): void {
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      attempt();
      say(name, 'succeeded');
    } catch (error) {
      say(name, error instanceof Error && 'code' in error ? String(error.code) : 'threw');
    }
  }
}

function fill(): void {
  tryAll({
    'make a folder': () => fs.mkdirSync(`${target}/folder`, { mode: 0o755 }),
    'make a file': () => fs.writeFileSync(`${target}/folder/file`, 'bytes', { flag: 'wx', mode: 0o644 }),
    'append to it': () => fs.appendFileSync(`${target}/folder/file`, ' more'),
    'cut it': () => fs.truncateSync(`${target}/folder/file`, 5),
    'rename it into another folder': () => fs.renameSync(`${target}/folder/file`, `${target}/file`),
    'remove the folder': () => fs.rmdirSync(`${target}/folder`),
    'make a file and remove it': () => {
      fs.writeFileSync(`${target}/gone`, '');
      fs.unlinkSync(`${target}/gone`);
    },
    'make a symbolic link': () => fs.symlinkSync('/etc/passwd', `${target}/link`),
    'make a hard link': () => fs.linkSync(`${target}/file`, `${target}/hard`),
    'change a mode': () => fs.chmodSync(`${target}/file`, 0o777),
    'make a nameless file': () => fs.closeSync(fs.openSync(target, 0o20200000 | 1)),
    'write beside the target': () => fs.writeFileSync(`${target}/../beside`, ''),
    'write into the temporary folder': () => fs.writeFileSync('/tmp/aegis-not-here', ''),
    'rename out of the target': () => fs.renameSync(`${target}/file`, `${target}/../file`),
    'replace the runtime': () => fs.writeFileSync(`${import.meta.dirname}/runner.mjs`, ''),
    'read /etc/passwd': () => fs.readFileSync('/etc/passwd'),
    'load code that it wrote': () => process.dlopen({ exports: {} }, `${target}/file`),
  });
}

let bytes = 0;
let first = '';
for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
  if (bytes === 0) first = chunk.toString('latin1').split('\n', 1)[0] ?? '';
  bytes += chunk.byteLength;
  if (first === 'stop early' || first === 'hang') break;
}
if (first === 'hang') for (;;) Math.sqrt(2);
if (first === 'fill') fill();
if (first === 'nonsense') writeLine('{"type":"nonsense"}');
say('bytes', bytes);
writeLine('{"type":"end"}');
process.exit(0);
