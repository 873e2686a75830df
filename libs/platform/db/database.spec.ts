import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase, openDatabase } from './database.ts';
import { lendConnection } from './lend-connection.ts';
import { sql } from './statement.ts';

const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const authenticated = message('R', Buffer.alloc(4));
const readyForQuery = message('Z', Buffer.from('I'));
const fatal = message('E', Buffer.from('SFATAL\0VFATAL\0C57P01\0Mgoing away\0\0'));

// A server whose welcome and farewell are one packet, as when connections are cut while they are made.
let server: Server;
let port = 0;

beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.concat([authenticated, readyForQuery, fatal])));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => new Promise((done) => server.close(done)));

describe('openDatabase', () => {
  it('a_server_that_goes_away_in_the_packet_that_welcomes_is_a_fault_and_not_the_end_of_the_process', async () => {
    const database = openDatabase({ url: `postgresql://u@127.0.0.1:${String(port)}/d`, poolMax: 1, applicationName: 'test' });
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);
    process.on('uncaughtException', note);
    const lent = lendConnection(database, (connection) => connection.send(sql('test')`select 1`));
    await expect(lent).rejects.toMatchObject({ code: 'db.unavailable' });
    process.off('uncaughtException', note);
    expect(uncaught).toEqual([]);
    await closeDatabase(database);
  });
});
