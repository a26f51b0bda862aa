/**
 * Pictures of what the stories of the real window (`tests/tests/window`) do not come by, and of German, from the fake:
 * `KEYLODGE_PICTURES=docs/pictures/pages npm run test:browser pictures`.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { Pages } from './browser';
import { scenes } from './scenes';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const into = process.env.KEYLODGE_PICTURES;

/** In the letters of a Linux desktop, as the real window does; Chromium knows of no desktop here. */
async function write(): Promise<void> {
  document.documentElement.style.setProperty('--font', 'Cantarell, sans-serif');
  await document.fonts.ready;
}

describe.runIf(into)('pictures', () => {
  let pages: Pages;
  beforeAll(async () => {
    pages = await Pages.open();
  });
  afterAll(() => pages.close());

  /** In German those with most words. */
  const worded = ['accounts', 'activity', 'program', 'prompt', 'settings', 'first-account'];
  const looks = [
    { folder: 'light', theme: 'light', language: 'en' },
    { folder: 'dark', theme: 'dark', language: 'en' },
    { folder: 'german', theme: 'light', language: 'de' },
  ] as const;

  test.each(looks)(
    '$folder',
    async ({ folder, theme, language }) => {
      const place = join(PROJECT, into ?? '', folder);
      mkdirSync(place, { recursive: true });
      for (const prompt of [false, true]) {
        const page = await pages.window({ theme, ...(prompt ? { width: 460, height: 740 } : {}) });
        for (const scene of scenes.filter(
          (one) =>
            (one.prompt ?? false) === prompt && (language === 'en' ? !one.real : worded.includes(one.name)),
        )) {
          await pages.show(page, `${scene.query}&lang=${language}`, scene.clicks);
          await page.evaluate(write);
          await page.screenshot({ path: join(place, `${scene.name}.png`) });
        }
        await page.context().close();
      }
      expect(pages.errors).toEqual([]);
    },
    180_000,
  );
});
