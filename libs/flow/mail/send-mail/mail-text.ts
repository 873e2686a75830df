import { z } from 'zod';
import type { MailView } from '@lib/contract';

const elevationSchema = z.object({ ticket: z.string(), scope: z.string(), minutes: z.int(), person: z.string() });
const closingSchema = z.object({ closesAt: z.string() });

/** What a message is made of. `origin`: where the dashboard is; absent, there is no link. */
export type MailParts = {
  readonly kind: MailView['kind'];
  readonly facts: unknown;
  readonly account: string;
  readonly origin: string | undefined;
};

/** Subject and plain text of a message. Nothing of a finding stands in it, and its links tell nobody who follows them. */
export function mailText({ kind, facts, account, origin }: MailParts): { readonly subject: string; readonly text: string } {
  const place = (path: string): string => (origin === undefined ? '' : `\n\n${new URL(path, origin).href}`);
  switch (kind) {
    case 'operator.requested': {
      const { ticket, scope, minutes, person } = elevationSchema.parse(facts);
      return {
        subject: `${account}: the operator asks to read here`,
        text: `${person}, of the operator's staff, asks to read in ${account} by ticket ${ticket}: ${scope}, for ${String(minutes)} minutes.\nNothing is read before it has begun. You can refuse it.${place('/settings/access')}`,
      };
    }
    case 'operator.started': {
      const { ticket, scope, minutes, person } = elevationSchema.parse(facts);
      return {
        subject: `${account}: the operator can read here now`,
        text: `${person}, of the operator's staff, can read in ${account} by ticket ${ticket}: ${scope}, for ${String(minutes)} minutes from now.\nEach read is in your audit log. You can end it at once.${place('/settings/access')}`,
      };
    }
    case 'tenant.closing': {
      const { closesAt } = closingSchema.parse(facts);
      return {
        subject: `${account} is being closed`,
        text: `An owner closes the account ${account}. At ${closesAt} it is closed for good, and nobody can undo that.\nUntil then any owner can keep it: sign in with a passkey.${place('/sign-in')}`,
      };
    }
    case 'tenant.kept':
      return { subject: `${account} is kept`, text: `An owner has kept the account ${account}. It is open again.` };
  }
}
