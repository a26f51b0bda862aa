/** Lists as long as life: what cannot be seen is not there. How long a step takes is told, and judged by who reads it: machines differ. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { Pages } from './browser';

const EVENTS = 100_000;
const STEPS = 120;
/** More would be rows that nobody sees. */
const MOST_ROWS = 120;

let pages: Pages;
beforeAll(async () => {
  pages = await Pages.open();
});
afterAll(() => pages.close());

/** Scrolls from top to bottom in steps; how long each took to be drawn, and the most rows there were. */
function scroll(page: Page, steps: number): Promise<{ middle: number; rows: number }> {
  return page.evaluate(async (steps) => {
    const scroller = document.querySelector<HTMLElement>('[data-scroller]')!;
    const drawn = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
    const times: number[] = [];
    let rows = 0;
    for (let n = 0; n <= steps; n += 1) {
      const began = performance.now();
      scroller.scrollTop = ((scroller.scrollHeight - scroller.clientHeight) * n) / steps;
      await drawn();
      // Effects of the frame's own scroll event are drawn with the next one.
      await drawn();
      times.push((performance.now() - began) / 2);
      rows = Math.max(rows, document.querySelectorAll('.item').length);
    }
    times.sort((one, other) => one - other);
    return { middle: times[Math.floor(times.length / 2)]!, rows };
  }, steps);
}

/** Goes to the end again and again until nothing more comes. */
async function toTheEnd(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const scroller = document.querySelector<HTMLElement>('[data-scroller]')!;
    let height = 0;
    for (let quiet = 0; quiet < 20;) {
      scroller.scrollTop = scroller.scrollHeight;
      await new Promise((resolve) => setTimeout(resolve, 10));
      quiet = scroller.scrollHeight === height ? quiet + 1 : 0;
      height = scroller.scrollHeight;
    }
    const items = document.querySelectorAll<HTMLElement>('.item');
    return Number(items[items.length - 1]?.getAttribute('aria-setsize'));
  });
}

describe('long lists scroll without a pause', () => {
  test('a thousand programs', async () => {
    const page = await pages.window({ still: false });
    await pages.show(page, 'fake=many&page=programs');
    const { middle, rows } = await scroll(page, STEPS);
    console.log(`1,000 programs: ${middle.toFixed(1)} ms a step, at most ${rows} rows`);
    expect(rows).toBeLessThan(MOST_ROWS);
    expect(await page.textContent('.item:last-child')).toContain('sync-everything 999');
  });

  test('a hundred thousand events', async () => {
    const page = await pages.window({ still: false });
    await pages.show(page, 'fake=many&page=activity');
    expect(await toTheEnd(page), 'every event has come').toBeGreaterThan(EVENTS);
    const { middle, rows } = await scroll(page, STEPS);
    console.log(`100,000 events: ${middle.toFixed(1)} ms a step, at most ${rows} rows`);
    expect(rows).toBeLessThan(MOST_ROWS);
  }, 90_000);
});
