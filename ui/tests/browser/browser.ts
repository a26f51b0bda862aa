/** The pages as they are built, under the policy that they are shipped with, in the Chromium of this system. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { chromium, type Browser, type Page } from 'playwright-core';
import { preview, type PreviewServer } from 'vite';
import { inject } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** How long a page may take to come to rest on a busy machine. */
const REST_MILLISECONDS = 15_000;

/** What the system wants of a page: light or dark, more contrast, its own colours. */
export interface Wear {
  theme?: 'light' | 'dark';
  contrast?: 'more';
  forced?: boolean;
}

export interface Look extends Wear {
  still?: boolean;
  width?: number;
  height?: number;
}

/** Changes what the system wants, and waits until the page has followed. */
export async function wear(page: Page, { theme = 'light', contrast, forced }: Wear): Promise<void> {
  await page.emulateMedia({
    colorScheme: theme,
    contrast: contrast ?? 'no-preference',
    forcedColors: forced ? 'active' : 'none',
  });
  await page.waitForFunction((theme) => document.documentElement.dataset.theme === theme, theme, {
    timeout: REST_MILLISECONDS,
  });
}

export class Pages {
  /** What the pages complained of: errors, and breaches of the content policy. */
  readonly errors: string[] = [];

  private constructor(
    private readonly server: PreviewServer,
    private readonly browser: Browser,
    private readonly address: string,
  ) {}

  static async open(): Promise<Pages> {
    const executablePath = process.env.CHROMIUM ?? PLACES.find(existsSync);
    if (!executablePath) throw new Error('No Chromium here. Run: scripts/packages.sh test, or set CHROMIUM.');
    const server = await preview({
      root: ROOT,
      build: { outDir: inject('built') },
      preview: { port: 0, strictPort: false },
      logLevel: 'error',
    });
    const address = server.resolvedUrls?.local[0];
    if (!address) throw new Error('The pages are not served.');
    // Nothing is visited but our own pages, so the sandbox guards against nobody; as root there is none.
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    return new Pages(server, browser, address);
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

  /** Shows a state, and does what the person would: clicks on marks (or waits to see one), presses keys, types. */
  async show(page: Page, query: string, clicks: readonly string[] = []): Promise<void> {
    await page.goto(`${this.address}?${query}&pace=0`);
    await page.waitForSelector('main, [role=alertdialog]', { timeout: REST_MILLISECONDS });
    for (const what of clicks) {
      if (what.startsWith('key ')) await page.keyboard.press(what.slice(4));
      else if (what.startsWith('type ')) await page.keyboard.type(what.slice(5));
      else if (what.startsWith('see ')) await this.see(page, what.slice(4));
      else await page.click(`[data-testid="${what}"]`, { timeout: REST_MILLISECONDS });
    }
    await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'), undefined, {
      timeout: REST_MILLISECONDS,
    });
  }

  private async see(page: Page, mark: string): Promise<void> {
    await page.waitForSelector(`[data-testid="${mark}"]`, { timeout: REST_MILLISECONDS });
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }
}
