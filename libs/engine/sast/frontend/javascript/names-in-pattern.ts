import type { Node } from 'oxc-parser';

/** The plain names that a declaration or assignment target binds; members such as `a.b` bind none. */
export function namesInPattern(target: Node): readonly string[] {
  if (target.type === 'Identifier') return [target.name];
  const names: string[] = [];
  const stack: Node[] = [target];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.type === 'Identifier') names.push(node.name);
    else stack.push(...innerTargets(node));
  }
  return names;
}

function innerTargets(node: Node): readonly Node[] {
  switch (node.type) {
    case 'ObjectPattern':
      return node.properties.map((property) => (property.type === 'RestElement' ? property.argument : property.value));
    case 'ArrayPattern':
      return node.elements.filter((element) => element !== null);
    case 'AssignmentPattern':
      return [node.left];
    case 'RestElement':
      return [node.argument];
    case 'TSParameterProperty':
      return [node.parameter];
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TSTypeAssertion':
      return [node.expression];
    default:
      return [];
  }
}
