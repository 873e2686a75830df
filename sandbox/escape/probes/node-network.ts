import { createSocket } from 'node:dgram';
import { promises as dns, Resolver } from 'node:dns';
import * as inspector from 'node:inspector';
import { connect, createServer } from 'node:net';
import type { Kit, Outcome, Probe } from '../probe.ts';
import { inWorker, outcomeError, until } from './ways-of-node.ts';

// Where clouds answer whoever asks with the credentials of the machine.
const metadataAddresses = [
  ['aws-imds', '169.254.169.254'],
  ['ecs-task', '169.254.170.2'],
  ['aws-imds-ipv6', 'fd00:ec2::254'],
] as const;
const noWaitMs = 1000;

type Row = {
  readonly id: string;
  readonly wants: string;
  readonly attempt: (kit: Kit) => unknown;
  readonly locked?: Outcome;
  readonly bare?: readonly [Outcome, string];
};

const reachable = (host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port: 80, timeout: noWaitMs });
    socket.once('connect', () => resolve());
    socket.once('timeout', () => {
      socket.destroy();
      resolve(); // a packet left
    });
    socket.once('error', (error: Error & { code?: string }) =>
      // an answer of the network or of its absence: nothing of ours stood in the way
      ['EHOSTUNREACH', 'ENETUNREACH', 'ECONNREFUSED', 'ETIMEDOUT', 'ECONNRESET', 'EHOSTDOWN'].includes(error.code ?? '')
        ? resolve()
        : reject(error),
    );
  });

const rows: readonly Row[] = [
  {
    id: 'tcp',
    wants: 'send what it has read to a server',
    attempt: ({ targets }) => until(() => connect(targets.tcpPort, '127.0.0.1'), 'connect'),
  },
  {
    id: 'tcp-in-a-worker',
    wants: 'send what it has read from a thread that came later',
    attempt: ({ targets }) =>
      inWorker(
        `return new Promise((r, j) => require('net').connect(${String(targets.tcpPort)}, '127.0.0.1').on('connect', r).on('error', j))`,
      ),
  },
  { id: 'udp', wants: 'send a datagram', attempt: ({ targets }) => sendDatagram(targets.udpPort) },
  {
    id: 'local-socket',
    wants: 'speak to a service of the machine',
    attempt: ({ targets }) => until(() => connect(targets.unixSocket), 'connect'),
  },
  {
    id: 'abstract-socket',
    wants: 'speak to a service through a name that is in no folder',
    attempt: ({ targets }) => until(() => connect(targets.abstractSocket), 'connect'),
  },
  { id: 'listen', wants: 'wait for somebody outside', attempt: () => until(() => createServer().listen(0, '127.0.0.1'), 'listening') },
  { id: 'look-up', wants: 'carry bytes out in a name', attempt: () => dns.lookup('localhost', 4), locked: 'ENOTFOUND' },
  { id: 'resolve', wants: 'carry bytes out in a question', attempt: ({ targets }) => resolve(targets.udpPort), locked: 'ECONNREFUSED' },
  {
    id: 'http',
    wants: 'send what it has read over HTTP',
    attempt: ({ targets }) =>
      fetch(`http://127.0.0.1:${String(targets.tcpPort)}/`).catch((error: unknown) => {
        throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
      }),
  },
  ...metadataAddresses.map(([name, host]): Row => ({
    id: `metadata-${name}`,
    wants: 'ask the cloud for the credentials of the machine',
    attempt: () => reachable(host),
  })),
  {
    id: 'inspector',
    wants: 'open the debugger to the network',
    attempt: () => {
      inspector.open(0, '127.0.0.1');
      if (inspector.url() === undefined) throw outcomeError('no listener'); // Node warns and goes on
      inspector.close();
    },
    locked: 'no listener',
  },
];

/** The network as a program of Node reaches for it. */
export const nodeNetwork: readonly Probe[] = rows.map(({ locked = 'EPERM', bare, id, ...rest }) => ({
  ...rest,
  id: `node-network/${id}`,
  stoppedBy: ['stage 1', 'stage 2'],
  locked,
  filling: locked,
  bare: bare?.[0] ?? 'ok',
  ...(bare === undefined ? {} : { bareWhy: bare[1] }),
}));

function sendDatagram(port: number): Promise<void> {
  return new Promise((done, reject) => {
    const socket = createSocket('udp4').on('error', reject);
    socket.send('x', port, '127.0.0.1', (error) => (error === null ? done() : reject(error)));
  });
}

function resolve(port: number): Promise<void> {
  return new Promise((done, reject) => {
    const resolver = new Resolver({ timeout: 2000, tries: 1 });
    resolver.setServers([`127.0.0.1:${String(port)}`]);
    resolver.resolve4('example.test', (error) => (error === null ? done() : reject(error)));
  });
}
