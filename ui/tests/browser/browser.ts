/** The pages as they are built, under the policy that they are shipped with, in the Chromium of this system. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium, type Browser, type Page } from 'playwright-core';
import { preview, type PreviewServer } from 'vite';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** How long a page may take to come to rest on a busy machine. */
const REST_MILLISECONDS = 15_000;

/** Builds with the fake in it. A process of its own: within Vitest, Svelte would build for a server. */
function build(into: string): void {
  const { VITEST: _, NODE_ENV: __, ...env } = process.env;
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  execFileSync(process.execPath, [vite, 'build', '--mode', 'fake', '--outDir', into, '--logLevel', 'error'], {
    cwd: ROOT,
    env,
    stdio: 'inherit',
    timeout: 60_000,
  });
}

export interface Look {
  theme?: 'light' | 'dark';
  contrast?: 'more';
  forced?: boolean;
  still?: boolean;
  width?: number;
  height?: number;
}

export class Pages {
  /** What the pages complained of: errors, and breaches of the content policy. */
  readonly errors: string[] = [];

  private constructor(
    private readonly built: string,
    private readonly server: PreviewServer,
    private readonly browser: Browser,
    private readonly address: string,
  ) {}

  static async open(): Promise<Pages> {
    const executablePath = process.env.CHROMIUM ?? PLACES.find(existsSync);
    if (!executablePath) throw new Error('No Chromium here. Run: scripts/packages.sh test, or set CHROMIUM.');
    const built = mkdtempSync(join(tmpdir(), 'keylodge-ui-'));
    build(built);
    const server = await preview({
      root: ROOT,
      build: { outDir: built },
      preview: { port: 0, strictPort: false },
      logLevel: 'error',
    });
    const address = server.resolvedUrls?.local[0];
    if (!address) throw new Error('The pages are not served.');
    // Nothing is visited but our own pages, so the sandbox guards against nobody; as root there is none.
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    return new Pages(built, server, browser, address);
  }

  /** A window of its own that looks so. */
  async window(look: Look = {}): Promise<Page> {
    const context = await this.browser.newContext({
      viewport: { width: look.width ?? 980, height: look.height ?? 680 },
      colorScheme: look.theme ?? 'light',
      contrast: look.contrast ?? 'no-preference',
      forcedColors: look.forced ? 'active' : 'none',
      reducedMotion: look.still === false ? 'no-preference' : 'reduce',
      locale: 'en-US',
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && this.errors.push(message.text()));
    return page;
  }

  /** Shows a state, and does what the person would: clicks on marks, and keys, one after the other. */
  async show(page: Page, query: string, clicks: readonly string[] = []): Promise<void> {
    await page.goto(`${this.address}?${query}&pace=0`);
    await page.waitForSelector('main, [role=alertdialog]', { timeout: REST_MILLISECONDS });
    for (const what of clicks) {
      if (what.startsWith('key ')) await page.keyboard.press(what.slice(4));
      else await page.click(`[data-testid="${what}"]`, { timeout: REST_MILLISECONDS });
    }
    await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'), undefined, {
      timeout: REST_MILLISECONDS,
    });
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.close();
    rmSync(this.built, { recursive: true });
  }
}
