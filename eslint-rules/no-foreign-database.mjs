import { isTest, placeOf } from './place-of.mjs';

// The doors: they hold the driver. Everybody else gets a TenantTx from withTenant.
const doors = /^(?:libs\/platform\/(?:db|queue)|libs\/guard\/tenancy|tools)\//u;
const drivers =
  /^(?:pg|pg-.+|postgres|drizzle-orm|drizzle-kit|knex|kysely|typeorm|sequelize|mysql2?|better-sqlite3|@prisma\/.+)(?:\/|$)|^node:sqlite$/u;
// What the doors use among themselves: connections without a tenant.
const loans = new Set(['lendConnection', 'withAdmin', 'Connection', 'AdminSession']);
const brandFile = '/libs/guard/tenancy/tenant-tx.ts';

/** Refuses every way to the database but withTenant: drivers, clients, and `.query(...)` on anything that is not a TenantTx. */
export const noForeignDatabase = {
  meta: {
    type: 'problem',
    docs: { description: 'the database is reached through withTenant only' },
    schema: [],
    messages: {
      driver: '`{{name}}` is a way to the database around row-level security: take a TenantTx from withTenant',
      client: '`new {{name}}` opens a connection around row-level security: take a TenantTx from withTenant',
      query: '`.{{name}}` on something that is not a TenantTx: statements run through withTenant only',
    },
  },
  create(context) {
    const place = placeOf(context);
    if (doors.test(place) || isTest(place)) return {};
    const services = context.sourceCode.parserServices;
    const refuseDriver = (node, source) => {
      if (typeof source?.value === 'string' && drivers.test(source.value)) {
        context.report({ node, messageId: 'driver', data: { name: source.value } });
      }
    };
    const refuseLoans = (node) => {
      refuseDriver(node, node.source);
      if (node.source?.value !== '@lib/platform/db') return;
      for (const specifier of node.specifiers ?? [node]) {
        const name = (specifier.imported ?? specifier.local)?.name;
        const isWhole = specifier.type === 'ImportNamespaceSpecifier' || specifier.type === 'ExportAllDeclaration';
        if (isWhole || loans.has(name)) context.report({ node: specifier, messageId: 'driver', data: { name: isWhole ? '*' : name } });
      }
    };
    return {
      ImportDeclaration: refuseLoans,
      ExportNamedDeclaration: refuseLoans,
      ExportAllDeclaration: refuseLoans,
      ImportExpression: (node) => refuseDriver(node, node.source),
      TSImportType: (node) => refuseDriver(node, node.source ?? node.argument?.literal),
      TSExternalModuleReference: (node) => refuseDriver(node, node.expression),
      CallExpression(node) {
        if (isLoader(node.callee)) refuseDriver(node, node.arguments[0]);
      },
      NewExpression(node) {
        const name = nameOf(node.callee);
        if (name === 'Pool' || name === 'Client') context.report({ node, messageId: 'client', data: { name } });
      },
      MemberExpression(node) {
        const name = memberName(node);
        if (name !== 'query' || !isUsedAsFunction(node) || isTenantTx(services, node.object)) return;
        context.report({ node, messageId: 'query', data: { name } });
      },
    };
  },
};

function isLoader(callee) {
  return nameOf(callee) === 'require' || (callee.type === 'MemberExpression' && nameOf(callee.object) === 'require');
}

function nameOf(node) {
  if (node.type === 'Identifier') return node.name;
  return node.type === 'MemberExpression' ? memberName(node) : undefined;
}

function memberName(node) {
  if (!node.computed) return node.property.name;
  return node.property.type === 'Literal' ? node.property.value : undefined;
}

// `request.query` is a value that is read; a query of the database is called, or handed on to be called.
function isUsedAsFunction(node) {
  const parent = node.parent;
  if (parent.type === 'ChainExpression') return isUsedAsFunction(parent);
  if (parent.type === 'CallExpression') return parent.callee === node;
  return (
    parent.type === 'TaggedTemplateExpression' ||
    (parent.type === 'MemberExpression' && /^(?:call|apply|bind)$/u.test(memberName(parent) ?? ''))
  );
}

// By the brand and where it is declared, not by the name: a type that only looks alike is not one.
function isTenantTx(services, object) {
  if (services?.program == null) return false;
  const type = services.getTypeAtLocation(object);
  return type.getProperties().some((property) => {
    const name = String(property.escapedName);
    return (
      name.startsWith('__@madeByWithTenant') && (property.declarations ?? []).some((at) => at.getSourceFile().fileName.endsWith(brandFile))
    );
  });
}
