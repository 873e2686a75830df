/** One JSON object a line. */
export function log(event, fields) {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
}
