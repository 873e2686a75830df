import { isTest, placeOf } from './place-of.mjs';

/** A store function takes the transaction of a tenant as its first argument, so that it cannot run outside of one. */
export const tenantTxFirst = {
  meta: {
    type: 'problem',
    docs: { description: 'exported functions of a store take a TenantTx first' },
    schema: [{ type: 'object', properties: { transactions: { type: 'array', items: { type: 'string' } } }, additionalProperties: false }],
    messages: {
      first: '`{{name}}` is a store function: its first parameter is `tx: {{wanted}}`',
      stored: '`{{name}}` is exported by a store: a store exports functions, types and schemas only',
    },
  },
  create(context) {
    const place = placeOf(context);
    // guard/tenancy makes the transactions: it cannot be given one
    if (!place.endsWith('.store.ts') || place.startsWith('libs/guard/tenancy/') || isTest(place)) return {};
    const wanted = context.options[0]?.transactions ?? ['TenantTx'];
    const check = (name, fn) => {
      const first = fn.params[0];
      const type = first?.typeAnnotation?.typeAnnotation;
      const isTransaction = type?.type === 'TSTypeReference' && type.typeName.type === 'Identifier' && wanted.includes(type.typeName.name);
      if (!isTransaction) context.report({ node: first ?? fn, messageId: 'first', data: { name, wanted: wanted.join(' or ') } });
    };
    return {
      'ExportNamedDeclaration > FunctionDeclaration': (node) => check(node.id.name, node),
      'ExportDefaultDeclaration > FunctionDeclaration': (node) => check('default', node),
      'ExportNamedDeclaration > VariableDeclaration > VariableDeclarator'(node) {
        if (node.init?.type === 'ArrowFunctionExpression' || node.init?.type === 'FunctionExpression') check(node.id.name, node.init);
      },
      'ExportNamedDeclaration > ClassDeclaration'(node) {
        context.report({ node, messageId: 'stored', data: { name: node.id.name } });
      },
    };
  },
};
