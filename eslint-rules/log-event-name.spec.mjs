import { logEventName } from './log-event-name.mjs';
import { as, ruleTester } from './rule-tester.mjs';

const flow = 'libs/flow/findings/list-findings.ts';
const head =
  'declare const log: { info: (event: string, fields?: object) => void; error: (event: string, fields?: object) => void }; declare const deps: { log: typeof log }; declare const id: string;';

ruleTester.run('log-event-name', logEventName, {
  valid: [
    as(flow, `${head} log.info('scan.finished', { scanId: id, durationMs: 3 });`),
    as(flow, `${head} deps.log.error('queue.connection.lost');`),
    as(flow, `${head} log.info('job.lease_run_out', { jobId: id });`),
    as(flow, `${head} log.info('server.port_not_opened', { port: 1 });`),
    as(flow, "console.info('anything goes here');"),
    as('libs/flow/findings/findings.store.spec.ts', `${head} log.info('whatever', { token: id });`),
  ],
  invalid: [
    as(flow, `${head} log.info('scan finished');`, ['name']),
    as(flow, `${head} log.info('finished');`, ['name']),
    as(flow, `${head} log.info('scan.finish');`, ['name']),
    as(flow, `${head} log.info('Scan.Finished');`, ['name']),
    as(flow, `${head} log.info(\`scan.\${id}\`);`, ['literal']),
    as(flow, `${head} deps.log.error('token.refused', { token: id });`, ['field']),
    as(flow, `${head} log.info('finding.recorded', { 'excerpt': id, scanId: id });`, ['field']),
  ],
});
