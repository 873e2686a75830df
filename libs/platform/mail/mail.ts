import type { Result } from '@lib/kernel';

/** One message to one person. Plain text: nothing in it loads, and nothing tells whether it was read. */
export type Mail = {
  /** The same for each try, so that whoever gets it twice can tell. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
};

/** `mail.refused`: the server will not take it, now or later. `mail.unavailable`: try again. `mail.not_configured`: nobody sends any here. */
export type MailError = { readonly code: 'mail.refused' | 'mail.unavailable' | 'mail.not_configured' };

/** Hands a message over; ok means that the server has taken it. Never throws for what a server does. */
export type SendMail = (mail: Mail) => Promise<Result<void, MailError>>;
