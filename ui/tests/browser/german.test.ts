/**
 * In the German window everything that Keylodge itself says is German: no page, dialog or question shows a word that the English
 * catalogues have and no German one has. What others wrote is marked `translate="no"`, or stands as code; names are those of
 * the fake.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { fakeAccounts, fakeApps, fakePrompts, fakeProviders } from '../../src/backend/fake-data';
import { fakePolicy, fakeRoutes } from '../../src/backend/fake-person';
import de from '../../src/i18n/de.json';
import en from '../../src/i18n/en.json';
import entries from '../../src/i18n/entries.de.json';
import { Pages } from './browser';
import { scenes, states, wordy, type Scene } from './scenes';

/** What is English still, each until its words have names. */
const STILL_ENGLISH: readonly RegExp[] = [];

const sentences = (catalogue: unknown): string[] =>
  typeof catalogue === 'string' ? [catalogue] : Object.values(catalogue as object).flatMap(sentences);

/** Paths, addresses, commands in backquotes, and places to fill are no words of a language. */
const bare = (text: string): string =>
  text.replace(/`[^`]*`|\{\w+\}|\S*[/@=]\S*|\w+[._:]\w\S*|\S*\d\S*/gu, ' ');

const wordsOf = (text: string): string[] =>
  (bare(text).match(/\p{L}[\p{L}’']*/gu) ?? []).map((word) => word.toLowerCase().replaceAll('’', "'"));

/** What the German catalogue of entries says. What it quotes stands so on others' pages. */
const translated = new Set(Object.values(entries));
const quoted = /„[^“]*“/gu;

const german = new Set([
  ...sentences(de).flatMap(wordsOf),
  ...[...translated].flatMap((text) => wordsOf(text.replace(quoted, ' '))),
]);
const english = new Set(
  sentences([en, Object.keys(entries)])
    .flatMap(wordsOf)
    .filter((word) => !german.has(word)),
);

/** Names that people and programs gave, longest first. */
const names = [
  ...fakeApps().flatMap((app) => [app.name, app.id]),
  ...fakeAccounts().flatMap((account) => [account.label, account.name, account.id]),
  ...fakeProviders().map((provider) => provider.name),
  ...fakePrompts().flatMap(({ body }) => (body.asks === 'access' ? [body.app_name] : [])),
  fakePolicy().set_by,
  // What a library says of a file that cannot be read.
  'unknown field `forever`',
  ...fakeRoutes().map((route) => route.note),
  ...[...fakeAccounts(), ...fakeProviders()].flatMap(({ scopes }) => scopes.map((scope) => scope.scope)),
  ...fakeApps().flatMap(({ evidence }) => [evidence?.started_by.join(' ← ') ?? '']),
]
  .filter((name) => name !== '')
  .sort((one, other) => other.length - one.length);

/** The first English word in a text. */
function foreignWord(text: string): string | undefined {
  if (translated.has(text)) return undefined;
  const without = names.reduce((rest, name) => rest.replaceAll(name, ' '), text);
  return wordsOf(without).find((word) => english.has(word));
}

/** All that a page says: its texts, those behind a fold too, and what it says to who hears or points. */
function said(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const OTHERS = '[translate="no"], code, pre, kbd, script, style';
    const ATTRIBUTES = ['aria-label', 'title', 'placeholder', 'alt'];
    const found = [document.title];
    for (const element of document.body.querySelectorAll('*')) {
      if (element.closest(OTHERS)) continue;
      found.push(...ATTRIBUTES.map((name) => element.getAttribute(name) ?? ''));
      // A text that was put together stands in several neighbouring nodes.
      const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
      found.push(own.map((node) => node.textContent).join(''));
    }
    return [...new Set(found.map((text) => text.replace(/\s+/g, ' ').trim()))].filter((text) => text !== '');
  });
}

let pages: Pages;
beforeAll(async () => {
  pages = await Pages.open();
});
afterAll(() => pages.close());

async function englishIn(all: readonly Scene[]): Promise<string[]> {
  const found: string[] = [];
  const page = await pages.window();
  for (const scene of all) {
    await pages.show(page, `${scene.query}&lang=de`, scene.clicks);
    for (const text of await said(page)) {
      const word = foreignWord(text);
      if (word && !STILL_ENGLISH.some((known) => known.test(text)))
        found.push(`${scene.name}: “${word}” in “${text.slice(0, 200)}”`);
    }
  }
  await page.context().close();
  return found;
}

test('English is told from German', () => {
  expect(foreignWord('The vault is open.')).toBe('the');
  expect(foreignWord('Der Tresor ist offen: `keylodge unlock` in /the/path')).toBeUndefined();
  expect(foreignWord('Thunderbird → GitHub')).toBeUndefined();
});

test('every page, dialog and question is German in the German window', async () => {
  expect(await englishIn([...scenes, ...states, ...wordy])).toEqual([]);
  expect(pages.errors).toEqual([]);
}, 300_000);
