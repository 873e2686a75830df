/** Decodes standard base64 with padding, strictly: text that could be written in another way is refused, so each value has one form. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
