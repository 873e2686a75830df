/** An element: its name without prefix, its own text, its lines (1-based). */
export type XmlElement = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
  readonly startLine: number;
  readonly endLine: number;
};

const depthMax = 100; // project files nest ten deep
const elementsMax = 200_000; // of one file
type Open = { name: string; attributes: Record<string, string>; children: XmlElement[]; text: string; startLine: number };

/**
 * Reads the XML of project files. No document types and no entities but the five of XML itself and numbers: nothing expands, nothing is
 * fetched. Undefined when tags do not match. Source: CWE-611, CWE-776.
 */
export function parseXml(text: string): XmlElement | undefined {
  const token = /<!--[^]*?-->|<!\[CDATA\[([^]*?)\]\]>|<\?[^]*?\?>|<!DOCTYPE[^>[]*>|<\/([^\s>]+)\s*>|<([A-Za-z_][^\s/>]*)([^<>]*?)(\/?)>/gu;
  const open: Open[] = [{ name: '', attributes: {}, children: [], text: '', startLine: 1 }];
  let [at, line, count] = [0, 1, 0];
  for (const match of text.matchAll(token)) {
    const between = text.slice(at, match.index);
    const [startLine, endLine] = [line + newlines(between), line + newlines(between) + newlines(match[0])];
    if (between.includes('<') || ++count > elementsMax || open.length > depthMax) return undefined;
    [at, line] = [match.index + match[0].length, endLine];
    addText(open, decodeText(between) + (match[1] ?? ''));
    if (!nest(open, match, { startLine, endLine })) return undefined;
  }
  return open.length > 1 || text.slice(at).trim() !== '' ? undefined : open[0]?.children[0];
}

/** The first child of that name. */
export function childElement(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** The trimmed text of the first child of that name; undefined when there is none or it is empty. */
export function childText(element: XmlElement | undefined, name: string): string | undefined {
  const text = childElement(element, name)?.text.trim();
  return text === '' ? undefined : text;
}

// Opens and closes what a token says; false when it closes another element than the one that is open.
function nest(
  open: Open[],
  token: RegExpExecArray,
  { startLine, endLine }: { readonly startLine: number; readonly endLine: number },
): boolean {
  const [, , closed, opened, attributes = '', ends] = token;
  if (opened !== undefined) open.push({ name: localName(opened), attributes: attributesOf(attributes), children: [], text: '', startLine });
  const closes = ends === '/' ? opened : closed;
  return closes === undefined || close(open, closes, endLine);
}

function addText(open: readonly Open[], text: string): void {
  const top = open.at(-1);
  if (top !== undefined) top.text += text;
}

function close(open: Open[], name: string, endLine: number): boolean {
  const last = open.pop();
  const parent = open.at(-1);
  if (last === undefined || parent === undefined || last.name !== localName(name)) return false;
  parent.children.push({ ...last, endLine });
  return true;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gu)].map((match) => [
      localName(match[1] ?? ''),
      decodeText(match[2] ?? match[3] ?? ''),
    ]),
  );
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeText(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]{2,4}));/gu, (whole, ...[decimal, hex, name]: string[]) => {
    if (name !== undefined) return named[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function newlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
