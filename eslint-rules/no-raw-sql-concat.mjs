import { isSqlTemplate, looksLikeSql, textOf } from './sql-text.mjs';
import { isTest, placeOf } from './place-of.mjs';

// DDL cannot be bound; the migrator and the supervisor of the embedded server quote what they paste.
const ddl = /^(?:libs\/platform\/(?:db|embedded-postgres)|tools)\//u;

// Everywhere else the statement is in a store.
const statementPlaces = /[.]store[.]ts$|^libs\/(?:platform\/db|guard\/tenancy)\/|^tools\//u;

/** Statements are written whole, as `` sql('name')`...` `` with every value in a hole; nothing is glued together. */
export const noRawSqlConcat = {
  meta: {
    type: 'problem',
    docs: { description: 'no SQL by concatenation' },
    schema: [],
    messages: {
      pasted: "SQL with values pasted in: write it as sql('name')`...`, which binds every value",
      name: 'the name of a statement is a plain string, because the same name must always carry the same text',
      place: 'a statement is written in a .store.ts',
      forged: "a statement is made by sql('name')`...` only",
    },
  },
  create(context) {
    const place = placeOf(context);
    if (isTest(place)) return {};
    const isDdl = ddl.test(place);
    return {
      ImportSpecifier(node) {
        const isSql = node.imported.name === 'sql' && node.parent.source.value === '@lib/platform/db';
        if (isSql && !statementPlaces.test(place)) context.report({ node, messageId: 'place' });
      },
      TemplateLiteral(node) {
        if (isDdl || node.expressions.length === 0 || node.parent.type === 'TaggedTemplateExpression') return;
        if (looksLikeSql(textOf(node))) context.report({ node, messageId: 'pasted' });
      },
      BinaryExpression(node) {
        if (isDdl || node.operator !== '+' || node.parent.type === 'BinaryExpression') return;
        if (looksLikeSql(leftmostText(node))) context.report({ node, messageId: 'pasted' });
      },
      TaggedTemplateExpression(node) {
        if (!isSqlTemplate(node)) return;
        const [name] = node.tag.arguments;
        if (name?.type !== 'Literal' || typeof name.value !== 'string') context.report({ node: node.tag, messageId: 'name' });
      },
      ObjectExpression(node) {
        const keys = node.properties.map((property) => property.key?.name);
        if (!isDdl && keys.includes('text') && keys.includes('values')) context.report({ node, messageId: 'forged' });
      },
    };
  },
};

function leftmostText(node) {
  if (node.type === 'BinaryExpression') return `${leftmostText(node.left)}${leftmostText(node.right)}`;
  if (node.type === 'Literal') return String(node.value);
  return node.type === 'TemplateLiteral' ? textOf(node) : '?';
}
