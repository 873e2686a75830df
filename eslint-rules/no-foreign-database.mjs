import { isTest, placeOf } from './place-of.mjs';

// The doors: they hold the driver. Everybody else gets a TenantTx from withTenant.
const doors = /^(?:libs\/platform\/(?:db|queue)|libs\/guard\/tenancy|tools)\//u;
// What runs in there has no network, and loads probes by their paths.
const walled = /^sandbox\//u;
const drivers =
  /^(?:pg|pg-.+|postgres|drizzle-orm|drizzle-kit|knex|kysely|typeorm|sequelize|mysql2?|better-sqlite3|@prisma\/.+)(?:\/|$)|^(?:node:)?sqlite$/u;
const driverFiles =
  /\/node_modules\/(?:@types\/)?(?:pg|pg-[^/]+|postgres|drizzle-orm|knex|kysely|typeorm|sequelize|mysql2?|@prisma\/[^/]+)\//u;
const nodeFiles = /\/node_modules\/@types\/node\//u;
// What the doors use among themselves: connections without a tenant.
const loans = new Set(['lendConnection', 'withAdmin', 'Connection', 'AdminSession']);
const doorOfDatabase = /^@lib\/platform\/db(?:\/|$)|(?:^|\/)platform\/db(?:\/|$)/u;
const brandFile = '/libs/guard/tenancy/tenant-tx.ts';

/**
 * Refuses every way to the database but withTenant: drivers however they are loaded, clients, what a driver made, and `query` of anything
 * that is not a TenantTx, called, taken out or handed on under another name. What a name stands for is asked of the types.
 */
export const noForeignDatabase = {
  meta: {
    type: 'problem',
    docs: { description: 'the database is reached through withTenant only' },
    schema: [],
    messages: {
      driver: '`{{name}}` is a way to the database around row-level security: take a TenantTx from withTenant',
      client: '`new {{name}}` opens a connection around row-level security: take a TenantTx from withTenant',
      query: '`.{{name}}` on something that is not a TenantTx: statements run through withTenant only',
      dynamic: 'what is loaded here stands in no text: name it, so that it can be seen that it is no way to the database',
    },
  },
  create(context) {
    const place = placeOf(context);
    if (doors.test(place) || isTest(place)) return {};
    const types = typesOf(context.sourceCode.parserServices);
    const report = (node, messageId, name) => context.report({ node, messageId, data: { name } });
    const refuseDriver = (node, source) => {
      const name = textOf(source);
      if (name !== undefined && drivers.test(name)) report(node, 'driver', name);
    };
    const refuseLoad = (node, source) => {
      const name = textOf(source);
      if (name === undefined && !walled.test(place)) return report(node, 'dynamic');
      if (name !== undefined && doorOfDatabase.test(name)) return report(node, 'driver', '*');
      refuseDriver(node, source);
    };
    const refuseLoans = (node) => {
      refuseDriver(node, node.source);
      if (!doorOfDatabase.test(node.source?.value ?? '')) return;
      for (const specifier of node.specifiers ?? [node]) {
        const name = nameOf(specifier.imported ?? specifier.local ?? specifier);
        const isWhole = specifier.type === 'ImportNamespaceSpecifier' || specifier.type === 'ExportAllDeclaration';
        if (isWhole || loans.has(name)) report(specifier, 'driver', isWhole ? '*' : name);
      }
    };
    return {
      ImportDeclaration: refuseLoans,
      ExportNamedDeclaration: refuseLoans,
      ExportAllDeclaration: refuseLoans,
      ImportExpression: (node) => refuseLoad(node, node.source),
      TSImportType: (node) => refuseDriver(node, node.source ?? node.argument?.literal),
      TSExternalModuleReference: (node) => refuseDriver(node, node.expression),
      CallExpression(node) {
        const { callee } = node;
        if (isLoader(callee) || types.isRequire(callee)) refuseLoad(node, node.arguments[0]);
        else if (isResolver(callee) || nameOf(callee) === 'require') refuseDriver(node, node.arguments[0]);
        else if (isReflection(callee) && textOf(node.arguments[1]) === 'query' && !types.isTenantTx(node.arguments[0]))
          report(node, 'query', 'query');
      },
      NewExpression(node) {
        const name = nameOf(node.callee);
        if (name === 'Pool' || name === 'Client' || types.isOfDriver(node)) report(node, 'client', name);
      },
      MemberExpression(node) {
        if (types.isTenantTx(node.object)) return;
        const name = memberName(node);
        const isQuery = name === undefined ? types.hasMethod(node.object, 'query') : name === 'query';
        if (isQuery && (isUsedAsFunction(node) || (name !== undefined && types.isFunction(node)))) report(node, 'query', 'query');
        else if (types.isOfDriver(node.object)) report(node, 'query', name ?? '*');
      },
      ObjectPattern(node) {
        if (types.isTenantTx(node)) return;
        for (const property of node.properties) {
          if (property.type === 'Property' && keyName(property) === 'query' && types.hasMethod(node, 'query'))
            report(property, 'query', 'query');
        }
      },
    };
  },
};

function isLoader(callee) {
  // made on the spot; and what gives a built-in module by name
  return nameOf(callee) === 'getBuiltinModule' || (callee.type === 'CallExpression' && nameOf(callee.callee) === 'createRequire');
}

function isResolver(callee) {
  return callee.type === 'MemberExpression' && nameOf(callee.object) === 'require';
}

function isReflection(callee) {
  return callee.type === 'MemberExpression' && nameOf(callee.object) === 'Reflect';
}

function nameOf(node) {
  if (node.type === 'Identifier') return node.name;
  return node.type === 'MemberExpression' ? memberName(node) : undefined;
}

function memberName(node) {
  return node.computed ? textOf(node.property) : node.property.name;
}

function keyName({ computed, key }) {
  return !computed && key.type === 'Identifier' ? key.name : textOf(key);
}

/** A text that is written out, also in pieces; nothing when it depends on anything. */
function textOf(node) {
  if (node?.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node?.type === 'TemplateLiteral') return node.expressions.length === 0 ? node.quasis[0].value.cooked : undefined;
  if (node?.type !== 'BinaryExpression' || node.operator !== '+') return undefined;
  const [left, right] = [textOf(node.left), textOf(node.right)];
  return left === undefined || right === undefined ? undefined : left + right;
}

// `request.query` is a value that is read; a query of the database is called, or handed on to be called.
function isUsedAsFunction(node) {
  const parent = node.parent;
  if (parent.type === 'ChainExpression' || parent.type === 'TSNonNullExpression' || parent.type === 'TSAsExpression')
    return isUsedAsFunction(parent);
  if (parent.type === 'CallExpression') return parent.callee === node || parent.callee === node.parent;
  return (
    parent.type === 'TaggedTemplateExpression' ||
    (parent.type === 'MemberExpression' && /^(?:call|apply|bind)$/u.test(memberName(parent) ?? ''))
  );
}

/** Questions to the types; without them each is answered so that nothing is let through or accused for it. */
function typesOf(services) {
  if (services?.program == null)
    return { isTenantTx: () => false, isRequire: () => false, isOfDriver: () => false, hasMethod: () => false, isFunction: () => false };
  const typeOf = (node) => services.getTypeAtLocation(node);
  const parts = (type) => (type.isUnionOrIntersection() ? type.types.flatMap(parts) : [type]);
  const declared = (type) => [type.symbol, type.aliasSymbol].flatMap((symbol) => symbol?.declarations ?? []);
  const checker = services.program.getTypeChecker();
  const isCallable = (type) => parts(type).some((part) => part.getCallSignatures().length > 0);
  return {
    // by the brand and where it is declared, not by the name: a type that only looks alike is not one
    isTenantTx: (node) =>
      typeOf(node)
        .getProperties()
        .some(
          (property) =>
            String(property.escapedName).startsWith('__@madeByWithTenant') &&
            (property.declarations ?? []).some((at) => at.getSourceFile().fileName.endsWith(brandFile)),
        ),
    isRequire: (node) =>
      declared(typeOf(node)).some((at) => /^(?:Node)?Require$/u.test(at.name?.text ?? '') && nodeFiles.test(at.getSourceFile().fileName)),
    isOfDriver: (node) => parts(typeOf(node)).some((type) => declared(type).some((at) => driverFiles.test(at.getSourceFile().fileName))),
    isFunction: (node) => isCallable(typeOf(node)),
    hasMethod: (node, name) =>
      parts(typeOf(node)).some((type) => {
        const property = type.getProperty(name);
        return property !== undefined && isCallable(checker.getTypeOfSymbol(property));
      }),
  };
}
