import { connect } from 'node:net';
import { limits } from '@lib/contract';

/** Asks whether TLS is spoken, which every server answers with one byte before any log-in. Source: PostgreSQL 18, section 54.2.10. */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** Whether a server on this machine really answers: one that was just killed may still have its process and its port for a moment. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (isAnswer: boolean) => () => {
      socket.destroy();
      resolve(isAnswer);
    };
    socket.setTimeout(limits.serverAnswerMs, settle(false));
    socket.once('connect', () => socket.write(sslRequest));
    socket.once('data', settle(true)).once('error', settle(false)).once('close', settle(false));
  });
}
