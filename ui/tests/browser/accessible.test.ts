/** WCAG 2.2 AA on every page, in every theme and language, as far as axe can tell. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { Pages, type Look } from './browser';
import { scenes, states, type Scene } from './scenes';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const PROMPT = { width: 460, height: 740 };

let pages: Pages;
beforeAll(async () => {
  pages = await Pages.open();
});
afterAll(() => pages.close());

/** What is wrong, each with the places where. */
async function wrong(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const results = await page.evaluate(
    async (tags) =>
      (await (window as unknown as { axe: typeof import('axe-core') }).axe.run(document, {
        runOnly: { type: 'tag', values: tags },
        resultTypes: ['violations'],
      })) as AxeResults,
    STANDARDS,
  );
  return results.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`,
  );
}

/** Nothing stands out of the window sideways. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

async function look(all: readonly Scene[], how: Look, language: string): Promise<string[]> {
  const found: string[] = [];
  for (const prompt of [false, true]) {
    const some = all.filter((scene) => (scene.prompt ?? false) === prompt);
    if (some.length === 0) continue;
    const page = await pages.window({ ...how, ...(prompt ? PROMPT : {}) });
    for (const scene of some) {
      await pages.show(page, `${scene.query}&lang=${language}`, scene.clicks);
      found.push(...(await wrong(page)).map((what) => `${scene.name}: ${what}`));
      if ((await overflow(page)) > 0) found.push(`${scene.name}: wider than the window`);
    }
    await page.context().close();
  }
  return found;
}

describe('no violation of WCAG 2.2 AA', () => {
  const looks: [name: string, look: Look, language: string][] = [
    ['light, English', { theme: 'light' }, 'en'],
    ['dark, German', { theme: 'dark' }, 'de'],
    ['light, from right to left', { theme: 'light' }, 'rtl'],
    ['dark, English', { theme: 'dark' }, 'en'],
    ['light, German', { theme: 'light' }, 'de'],
    ['dark, from right to left', { theme: 'dark' }, 'rtl'],
    ['more contrast, light', { contrast: 'more' }, 'en'],
    ['more contrast, dark', { contrast: 'more', theme: 'dark' }, 'en'],
    ['forced colours', { forced: true }, 'en'],
    ['narrow', { width: 420, height: 600 }, 'de'],
  ];
  test.each(looks)(
    '%s',
    async (_, how, language) => {
      expect(await look(scenes, how, language)).toEqual([]);
    },
    180_000,
  );

  test('nothing there yet, and nothing that can be read', async () => {
    expect(await look(states, { theme: 'light' }, 'en')).toEqual([]);
  }, 180_000);

  test('TAU-01 nothing on the way broke the content policy or failed', () => {
    expect(pages.errors).toEqual([]);
  });
});
