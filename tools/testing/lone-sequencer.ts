import { startSequencer } from '@lib/guard/audit';
import { openDatabase } from '@lib/platform/db';
import { sealingKeyring } from '@lib/platform/kms';
import { openLog } from '@lib/platform/telemetry';

// A process that does nothing but write the audit log: for what a test can only do to a process, which is to kill it.
const [auditUrl = '', dispatchUrl = '', keysFolder = ''] = process.argv.slice(2);
startSequencer({
  database: openDatabase({ url: auditUrl, poolMax: 4, applicationName: 'lone sequencer' }),
  dispatch: openDatabase({ url: dispatchUrl, poolMax: 1, applicationName: 'lone sequencer' }),
  keys: { kms: await sealingKeyring({ folder: keysFolder }), host: 'audit.test.local' },
  log: openLog({ service: 'lone sequencer', destination: process.stderr, level: 'error' }),
});
process.stdout.write('started\n');
