const currencyHint = '<abbr title="Euro">EUR</abbr>';

/** Draws the banner over the invoice list. */
export function drawBanner(host: HTMLElement): void {
  const parameters = new URLSearchParams(window.location.search);
  showNotice(host, parameters.get('notice'));
  showCount(host, parameters.get('count'));
  const hint = host.querySelector('.hint');
  if (hint !== null) hint.innerHTML = currencyHint;
}

function showNotice(host: HTMLElement, notice: string | null): void {
  if (notice === null) return;
  const box = document.createElement('div');
  box.className = 'notice';
  box.innerHTML = `<strong>Note</strong> ${notice}`;
  host.append(box);
}

function showCount(host: HTMLElement, count: string | null): void {
  const box = document.createElement('div');
  box.textContent = `${count ?? '0'} invoices`;
  host.append(box);
}
