import DOMPurify from 'dompurify';

const supportOrigin = 'https://support.ledgerly.test';

/** Lets the embedded support desk put its greeting on the page. */
export function listenToSupport(host: HTMLElement): void {
  window.addEventListener('message', (event: MessageEvent) => {
    if (event.origin !== supportOrigin) return;
    host.innerHTML = DOMPurify.sanitize(String(event.data));
  });
}

/** Shows the fragment of the address as the open article. */
export function openArticle(host: HTMLElement): void {
  const article = decodeURIComponent(window.location.hash.slice(1));
  host.insertAdjacentHTML('beforeend', `<h2>${article}</h2>`);
}

/** Goes back to where the visitor came from, inside the product. */
export function goBack(): void {
  const target = new URL(new URLSearchParams(window.location.search).get('back') ?? '/', window.location.origin);
  if (target.origin === window.location.origin) window.location.assign(target.href);
}
