import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Reach } from '@lib/platform/outbound';

/** A git server on this machine, speaking the smart protocol over HTTP through git's own `http-backend`. */
export type GitServer = {
  readonly url: (name: string) => string;
  /** Lets a client of the product reach this server and nothing else. */
  readonly reach: Reach;
  /** Makes a repository of one commit; answers the commit. */
  readonly addRepository: (name: string, files: Readonly<Record<string, string | Buffer>>, more?: (git: Git) => void) => string;
  /** Answers a request in the server's place, when it answers true. */
  readonly intercept: (handler: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined) => void;
  readonly close: () => Promise<void>;
};

/** Runs git in the working copy of a repository of a test; answers what it says. */
export type Git = (argv: readonly string[], input?: string | Buffer) => string;

const settings = [
  'user.name=a',
  'user.email=a@example.com',
  'init.defaultBranch=main',
  'core.autocrlf=false',
  'protocol.file.allow=always',
];
const environment = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };

/** Starts a server on a port of its own. Call `close` in `afterAll`. */
export async function gitServer(): Promise<GitServer> {
  const root = mkdtempSync(join(tmpdir(), 'git-server-'));
  let handler: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  const server = createServer((request, response) => {
    if (handler?.(request, response) !== true) serve(root, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: (name) => `http://git.test:${String(port)}/${name}`,
    reach: {
      mayReach: (address) => address === '127.0.0.1',
      resolve: (host) => Promise.resolve(host === 'git.test' ? ['127.0.0.1'] : []),
      protocols: ['http:'],
    },
    addRepository: (name, files, more) => addRepository(join(root, name), files, more),
    intercept: (given) => {
      handler = given;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function addRepository(path: string, files: Readonly<Record<string, string | Buffer>>, more?: (git: Git) => void): string {
  const work = `${path}.work`;
  mkdirSync(work, { recursive: true });
  const git: Git = (argv, input) =>
    execFileSync('git', [...settings.flatMap((setting) => ['-c', setting]), ...argv], {
      cwd: work,
      env: environment,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(input === undefined ? {} : { input }),
    }).trim();
  git(['init', '-q']);
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(work, dirname(name)), { recursive: true });
    writeFileSync(join(work, name), bytes);
  }
  git(['add', '-A', '-f']);
  git(['commit', '-q', '--allow-empty', '-m', 'all']);
  more?.(git);
  git(['clone', '-q', '--bare', work, path]);
  execFileSync('git', ['--git-dir', path, 'config', 'uploadpack.allowAnySHA1InWant', 'true'], { env: environment });
  return git(['rev-parse', 'HEAD']);
}

// Source: git-http-backend(1), RFC 3875.
function serve(root: string, request: IncomingMessage, response: ServerResponse): void {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const backend = spawn('git', ['-c', 'safe.directory=*', 'http-backend'], {
    env: {
      ...environment,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(backend.stdin);
  backend.stdin.on('error', () => undefined);
  let head = Buffer.alloc(0);
  const onHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    backend.stdout.off('data', onHead);
    for (const line of head.subarray(0, end).toString('latin1').split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/su);
      if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
    backend.stdout.pipe(response);
  };
  backend.stdout.on('data', onHead);
}
