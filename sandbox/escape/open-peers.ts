import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Targets } from './probe.ts';

/** Who listens while the probes run, so that a failure inside is a wall's doing and not that nobody was there. */
export type Peers = {
  readonly targets: Pick<Targets, 'tcpPort' | 'udpPort' | 'unixSocket' | 'abstractSocket' | 'sharedMemory'>;
  readonly close: () => void;
};

/** Opens a peer of every kind: HTTP, a datagram port that answers questions for names, sockets with and without a file, shared memory. */
export async function openPeers(folder: string): Promise<Peers> {
  const http = createHttpServer((_, response) => response.end('reached'));
  const unix = createServer((socket) => socket.end());
  const abstract = createServer((socket) => socket.end());
  const udp = createSocket('udp4');
  const unixSocket = join(folder, 'socket');
  const abstractSocket = `\u0000aegis-escape-${String(process.pid)}`;
  await Promise.all([
    once(http.listen(0, '127.0.0.1'), 'listening'),
    once(unix.listen(unixSocket), 'listening'),
    once(abstract.listen(abstractSocket), 'listening'),
    new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve)),
  ]);
  udp.on('message', (query, peer) => query.byteLength > 12 && udp.send(dnsAnswer(query), peer.port, peer.address));
  chmodSync(unixSocket, 0o777);
  const sharedMemory = `/dev/shm/aegis-escape-${String(process.pid)}`;
  writeFileSync(sharedMemory, 'of another user');
  chmodSync(sharedMemory, 0o666);
  return {
    targets: { tcpPort: (http.address() as AddressInfo).port, udpPort: udp.address().port, unixSocket, abstractSocket, sharedMemory },
    close: () => {
      for (const server of [http, unix, abstract, udp]) server.close();
      http.closeAllConnections();
      rmSync(sharedMemory, { force: true });
    },
  };
}

// One answer to any question: 192.0.2.7.
function dnsAnswer(query: Buffer): Buffer {
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(1, 6);
  header.writeUInt16BE(0, 10);
  const question = query.subarray(12, query.indexOf(0, 12) + 5);
  return Buffer.concat([header, question, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7])]);
}
