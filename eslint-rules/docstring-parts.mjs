import ts from 'typescript';
import { placeOf } from './place-of.mjs';

/** What a lib shows at its door is documented: a purpose for every function and class, and the errors of what answers a Result. */
export const docstringParts = {
  meta: {
    type: 'problem',
    docs: { description: 'exports of an index.ts have a docstring' },
    schema: [],
    messages: {
      absent: '`{{name}}` is used by other folders: say in a docstring what it is for',
      errors: '`{{name}}` answers a Result: name its errors in the docstring (`Errors: \\`area.code\\``)',
    },
  },
  create(context) {
    const services = context.sourceCode.parserServices;
    if (!/^libs\/.+\/index\.ts$|^libs\/kernel\/index\.ts$/u.test(placeOf(context)) || services?.program == null) return {};
    const checker = services.program.getTypeChecker();
    return {
      Program(program) {
        const file = services.esTreeNodeToTSNodeMap.get(program);
        const door = checker.getSymbolAtLocation(file);
        for (const symbol of door === undefined ? [] : checker.getExportsOfModule(door)) check(program, symbol);
      },
    };
    function check(program, symbol) {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const declaration = target.valueDeclaration;
      if (declaration === undefined || !isFunctionOrClass(declaration)) return;
      const node = program.body.find((item) => exportsName(item, symbol.name)) ?? program;
      const doc = ts.displayPartsToString(target.getDocumentationComment(checker)).trim();
      if (doc === '') context.report({ node, messageId: 'absent', data: { name: symbol.name } });
      else if (answersResult(target, declaration) && !/\berrors?\b|`[a-z_-]+\.[a-z_.-]+`/iu.test(doc)) {
        context.report({ node, messageId: 'errors', data: { name: symbol.name } });
      }
    }
    function answersResult(target, declaration) {
      const signatures = checker.getTypeOfSymbolAtLocation(target, declaration).getCallSignatures();
      return signatures.some((signature) => /^(?:Promise<)?Result</u.test(checker.typeToString(signature.getReturnType())));
    }
  },
};

function isFunctionOrClass(declaration) {
  if (ts.isFunctionDeclaration(declaration) || ts.isClassDeclaration(declaration)) return true;
  const value = ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  return value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value));
}

function exportsName(item, name) {
  return item.type === 'ExportNamedDeclaration' && item.specifiers.some((specifier) => specifier.exported.name === name);
}
