import { docstringParts } from './docstring-parts.mjs';
import { explicitInject } from './explicit-inject.mjs';
import { logEventName } from './log-event-name.mjs';
import { noForeignDatabase } from './no-foreign-database.mjs';
import { noForeignWrites } from './no-foreign-writes.mjs';
import { noForwardRef } from './no-forward-ref.mjs';
import { noRawSqlConcat } from './no-raw-sql-concat.mjs';
import { tenantTxFirst } from './tenant-tx-first.mjs';

/** The repository's own rules, as one plugin. Each has a spec beside it. */
export const aegisPlugin = {
  meta: { name: 'aegis' },
  rules: {
    'docstring-parts': docstringParts,
    'explicit-inject': explicitInject,
    'log-event-name': logEventName,
    'no-foreign-database': noForeignDatabase,
    'no-foreign-writes': noForeignWrites,
    'no-forward-ref': noForwardRef,
    'no-raw-sql-concat': noRawSqlConcat,
    'tenant-tx-first': tenantTxFirst,
  },
};
