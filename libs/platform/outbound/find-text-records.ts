import { Resolver } from 'node:dns/promises';
import { limits } from '@lib/contract';

const absent = ['ENODATA', 'ENOTFOUND'];
const triesMax = 2;

/** TXT records of a name, each joined from its parts; empty where there is none, nothing when no name server answered. Source: RFC 1035, 3.3.14. */
export async function findTextRecords(name: string): Promise<readonly string[] | undefined> {
  const resolver = new Resolver({ timeout: limits.oidcRequestMs / triesMax, tries: triesMax });
  try {
    const records = await resolver.resolveTxt(name);
    return records.slice(0, limits.pageSizeMax).map((parts) => parts.join(''));
  } catch (error) {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
    return absent.includes(code) ? [] : undefined;
  }
}
