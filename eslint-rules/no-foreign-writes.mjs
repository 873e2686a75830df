import { bareSql, isSqlTemplate, textOf } from './sql-text.mjs';
import { isTest, placeOf } from './place-of.mjs';
import slices from './slice-tables.cjs';

const { sliceTables } = slices;
const writes =
  /\b(?:insert\s+into|update(?!\s+set\b|\s+of\b|\s+skip\b|\s+nowait\b)|delete\s+from|merge\s+into|truncate(?:\s+table)?|copy)\s+(?:only\s+)?([\w."?]+)/giu;

/** A store writes the tables of its own slice only (slice-tables.cjs); the others' rows it may read. */
export const noForeignWrites = {
  meta: {
    type: 'problem',
    docs: { description: 'a store writes only tables of its slice' },
    schema: [],
    messages: {
      foreign: '`{{table}}` belongs to {{owner}}; {{slice}} may read it, and hands a write over by a job or a function of its owner',
      unknown: '`{{table}}` belongs to no slice: say who owns it in eslint-rules/slice-tables.cjs',
      hidden: 'the table that is written must stand in the text of the statement',
    },
  },
  create(context) {
    const place = placeOf(context);
    if (isTest(place) || !/^(?:libs|apps)\//u.test(place)) return {};
    const slice = place.split('/').slice(0, 3).join('/');
    return {
      TaggedTemplateExpression(node) {
        if (!isSqlTemplate(node)) return;
        for (const [, table] of withoutLocks(bareSql(textOf(node.quasi))).matchAll(writes))
          check(node, table.replaceAll('"', '').toLowerCase());
      },
    };
    function check(node, table) {
      if (table.includes('?')) return context.report({ node, messageId: 'hidden' });
      const owners = sliceTables[table];
      if (owners === undefined) return context.report({ node, messageId: 'unknown', data: { table } });
      if (!owners.includes(slice)) context.report({ node, messageId: 'foreign', data: { table, owner: owners.join(' and '), slice } });
    }
  },
};

// `for update` and `for no key update` lock and do not write.
function withoutLocks(text) {
  return text.replace(/\bfor\s+(?:no\s+key\s+)?update\b/giu, ' ');
}
