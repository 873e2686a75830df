/** Whether a node is `` sql('name')`...` ``, the one way to write a statement. */
export function isSqlTemplate(node) {
  return (
    node.type === 'TaggedTemplateExpression' &&
    node.tag.type === 'CallExpression' &&
    node.tag.callee.type === 'Identifier' &&
    node.tag.callee.name === 'sql'
  );
}

/** The text of a template with `?` for each hole. */
export function textOf(template) {
  return template.quasis.map((part) => part.value.cooked ?? part.value.raw).join('?');
}

/** Without comments and string constants, in which anything may stand. */
export function bareSql(text) {
  return text
    .replace(/--[^\n]*/gu, ' ')
    .replace(/\/\*[\s\S]*?\*\//gu, ' ')
    .replace(/'(?:[^']|'')*'/gu, "''");
}

const statement =
  /^\s*(?:select\b[\s\S]*\bfrom\b|insert\s+into\b|update\s+[\w."?]+\s+set\b|delete\s+from\b|with\s+[\w"]+\s+as\s*\(|merge\s+into\b|truncate\b|(?:create|alter|drop|grant|revoke)\s+(?:table|role|user|schema|index|policy|function|database|select|all)\b|set\s+(?:local\s+)?(?:role|session|app\.)|call\s+\w+\s*\()/iu;

/** Whether a text reads as the beginning of an SQL statement. */
export function looksLikeSql(text) {
  return statement.test(text);
}
