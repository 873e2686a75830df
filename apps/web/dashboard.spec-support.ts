import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { build } from 'vite';
import { testApi, type TestApi, type TestForge } from '../../tools/testing/api.ts';

/** What a browser did that it must never do. A suite that ends with anything in here has failed. */
export type Offences = { readonly violations: string[]; readonly dialogs: string[]; readonly foreign: string[]; readonly errors: string[] };

/** The production build behind the real API and its real policy, and a browser in front of it. */
export type Dashboard = {
  readonly api: TestApi;
  readonly base: string;
  /** A browser without history or session whose offences are written down. */
  readonly visitor: (offences: Offences) => Promise<BrowserContext>;
  /** The same, signed in to Acme; with scope `write` unless another token is given. */
  readonly member: (offences: Offences, token?: string) => Promise<Page>;
  /** Breaks every connection between browser and API and refuses new ones until `mend`. */
  readonly cut: () => void;
  readonly mend: () => void;
  readonly close: () => Promise<void>;
};

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Builds the dashboard into a folder of its own and opens it; passkeys need `localhost` for a host. Call `close` in `afterAll`. */
export async function openDashboard(executablePath: string, forge?: TestForge, host = '127.0.0.1'): Promise<Dashboard> {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-web-'));
  await build({ root: import.meta.dirname, logLevel: 'error', build: { outDir: folder, emptyOutDir: true } });
  const api = await testApi({ webFolder: folder, ...(forge === undefined ? {} : { forge }) });
  const wire = await openWire(Number(new URL(api.base).port));
  const browser = await chromium.launch({ executablePath, args: flags });
  const base = `http://${host}:${String(wire.port)}`;
  return {
    api,
    base,
    visitor: (offences) => watched(browser, base, offences),
    member: async (offences, token = api.acme.write) => {
      const context = await watched(browser, base, offences);
      const answer = await context.request.post(`${base}/v1/sessions`, {
        data: { token },
        headers: { 'x-aegis-request': '1' },
      });
      if (!answer.ok()) throw new Error(`no session: ${String(answer.status())}`);
      return context.newPage();
    },
    cut: wire.cut,
    mend: wire.mend,
    close: async () => {
      await browser.close();
      await wire.close();
      await api.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Nothing bad so far. */
export function noOffences(): Offences {
  return { violations: [], dialogs: [], foreign: [], errors: [] };
}

async function watched(browser: Browser, base: string, offences: Offences): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  await context.exposeBinding('reportViolation', (_source, text: string) => void offences.violations.push(text));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const report: unknown = Reflect.get(window, 'reportViolation');
      if (typeof report === 'function') Reflect.apply(report, window, [`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`]);
    });
  });
  context.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (origin !== base && protocol !== 'data:' && protocol !== 'blob:') offences.foreign.push(request.url());
  });
  context.on('console', (message) => {
    if (/content security policy|trusted(?:script|html| type)/iu.test(message.text())) offences.violations.push(message.text());
  });
  context.on('weberror', (error) => void offences.errors.push(error.error().message));
  context.on('dialog', (dialog) => {
    offences.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  return context;
}

type Wire = { readonly port: number; readonly cut: () => void; readonly mend: () => void; readonly close: () => Promise<void> };

/** A wire to the API that can be cut. */
async function openWire(port: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    for (const [socket, peer] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => peer.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        peer.destroy();
      });
      socket.pipe(peer);
    }
  });
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut: () => {
      whole = false;
      breakAll();
    },
    mend: () => {
      whole = true;
    },
    close: () =>
      new Promise((resolve) => {
        breakAll();
        server.close(() => resolve());
      }),
  };
}
