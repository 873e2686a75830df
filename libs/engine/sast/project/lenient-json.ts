const comments = /("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[^]*?\*\//gu;
const trailingCommas = /("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/gu;

/** Reads JSON as tools accept it in settings: with comments and trailing commas. Undefined for anything else. */
export function lenientJson(text: string): unknown {
  const plain = text
    .replace(/^\uFEFF/u, '')
    .replaceAll(comments, keepText)
    .replaceAll(trailingCommas, keepText);
  try {
    return JSON.parse(plain);
  } catch {
    return undefined; // not settings that a tool would accept: the caller goes on without them
  }
}

function keepText(_whole: string, text: string | undefined): string {
  return text ?? '';
}
