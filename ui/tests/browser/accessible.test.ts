/**
 * WCAG 2.2 AA on every page, in every theme and language, as far as axe can tell. A page is opened once for a language and
 * a size, and then wears one theme after the other, as it does when the person changes it.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { Pages, wear, type Look, type Wear } from './browser';
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

interface Round {
  name: string;
  language: string;
  size?: Pick<Look, 'width' | 'height'>;
  worn: Record<string, Wear>;
}

async function look(all: readonly Scene[], round: Round): Promise<string[]> {
  const found: string[] = [];
  for (const prompt of [false, true]) {
    const some = all.filter((scene) => (scene.prompt ?? false) === prompt);
    if (some.length === 0) continue;
    const page = await pages.window({ ...round.size, ...(prompt ? PROMPT : {}) });
    for (const scene of some) {
      await pages.show(page, `${scene.query}&lang=${round.language}`, scene.clicks);
      await page.evaluate(AXE);
      for (const [name, worn] of Object.entries(round.worn)) {
        await wear(page, worn);
        const place = `${scene.name}, ${name}`;
        found.push(...(await wrong(page)).map((what) => `${place}: ${what}`));
        if ((await overflow(page)) > 0) found.push(`${place}: wider than the window`);
      }
    }
    await page.context().close();
  }
  return found;
}

const light: Wear = { theme: 'light' };
const dark: Wear = { theme: 'dark' };
const rounds: Round[] = [
  {
    name: 'English',
    language: 'en',
    worn: {
      light,
      dark,
      'more contrast, light': { theme: 'light', contrast: 'more' },
      'more contrast, dark': { theme: 'dark', contrast: 'more' },
      'forced colours': { theme: 'light', forced: true },
    },
  },
  { name: 'German', language: 'de', worn: { light, dark } },
  { name: 'from right to left', language: 'rtl', worn: { light, dark } },
  { name: 'narrow', language: 'de', size: { width: 420, height: 600 }, worn: { light } },
];

// Two pages at once: there are two cores on most machines.
describe.concurrent('no violation of WCAG 2.2 AA', () => {
  test.each(rounds)(
    '$name',
    async (round) => {
      expect(await look(scenes, round)).toEqual([]);
    },
    300_000,
  );

  test('nothing there yet, and nothing that can be read', async () => {
    expect(await look(states, { name: 'states', language: 'en', worn: { light } })).toEqual([]);
  }, 180_000);
});

test('TAU-01 nothing on the way broke the content policy or failed', () => {
  expect(pages.errors).toEqual([]);
});
