import { readFile } from 'node:fs/promises';

/** The checker that travels in each bundle: one file of Python. It lies beside this module, and beside the program that this is built into. */
export function verifierText(): Promise<string> {
  return readFile(new URL('./verify_audit.py', import.meta.url), 'utf8');
}
