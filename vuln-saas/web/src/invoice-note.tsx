import DOMPurify from 'dompurify';
import { useMemo } from 'react';

type Properties = { readonly number: string; readonly note: string };

/** The note printed under an invoice, with the message of the link that led here. */
export function InvoiceNote({ number, note }: Properties) {
  const message = useMemo(() => linkMessage(window.location.search), []);
  const clean = useMemo(() => DOMPurify.sanitize(note), [note]);
  return (
    <section aria-label={`Note of invoice ${number}`}>
      <h2>Invoice {number}</h2>
      <p>{linkMessage(window.location.search)}</p>
      <div dangerouslySetInnerHTML={{ __html: clean }} />
      <div className="message" dangerouslySetInnerHTML={{ __html: message }} />
    </section>
  );
}

function linkMessage(search: string): string {
  return new URLSearchParams(search).get('message') ?? '';
}
