import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { languageOf, pick, say, speak } from '../src/i18n';
import de from '../src/i18n/de.json';
import en from '../src/i18n/en.json';
import entries from '../src/i18n/entries.de.json';
import { fakeDemoSteps, fakeProviders } from '../src/backend/fake-data';
import { pseudo } from '../src/i18n/pseudo';
import { ago, countdown, span } from '../src/i18n/format';
import { namesOf, scopeInWords, spoken, told } from '../src/i18n/said';
import { parse } from '../src/views/search';
import { plain, plainPath } from '../src/components/plain';

/** The text of a file beside the pages. */
const text = (path: string) => readFileSync(`../crates/${path}`, 'utf8');
const sources = import.meta.glob<string>('../src/**/*.svelte', {
  query: '?raw',
  import: 'default',
  eager: true,
});

describe('words', () => {
  test('durations and countdowns', () => {
    expect(span(900)).toBe('15 minutes');
    expect(span(3600)).toBe('1 hour');
    expect(countdown(67)).toBe('1:07');
    expect(countdown(-3)).toBe('0:00');
    expect(ago(1_000, 1_000 + 7_200)).toBe('2 hours ago');
  });

  test('an unknown language falls back to English', () => {
    expect(pick(['xx-YY', 'en-GB'])).toBe('en-GB');
    expect(pick(['xx'])).toBe('en');
  });

  const places = (message: unknown): string[] =>
    typeof message === 'string' ? [...message.matchAll(/\{\w+\}/g)].map(([place]) => place).sort() : [];

  /** Every message of a catalogue, under its whole name. */
  const messages = (catalogue: object, name = ''): [string, string][] =>
    Object.entries(catalogue).flatMap(([key, message]: [string, unknown]) =>
      typeof message === 'string' ? [[name + key, message]] : messages(message as object, `${name}${key}.`),
    );

  test.each([
    ['German', de],
    ['the pseudo-language', pseudo().messages],
  ])('%s says everything that English says, with the same places to fill', (_, other) => {
    const [one, two] = [new Map(messages(en)), new Map(messages(other))];
    expect([...two.keys()]).toEqual([...one.keys()]);
    for (const [name, message] of one) {
      // "One" may do without its number.
      if (name.endsWith('.one')) continue;
      expect([name, places(two.get(name))]).toEqual([name, places(message)]);
      expect(two.get(name)?.trim(), name).not.toBe('');
    }
  });

  const found = (pattern: RegExp, within: string): string[] =>
    [...within.matchAll(pattern)].map(([, words]) => words ?? '');

  /** What the shipped entries say: scopes and services, presets, guides, blanks of forms, and limits. */
  function shipped(): string[] {
    const catalogue = 'providers/catalogue';
    return readdirSync(`../crates/${catalogue}`)
      .map((file) => text(`${catalogue}/${file}`))
      .flatMap((entry) => [
        ...found(/\b(?:words|service|text|label) = "([^"]+)"/g, entry),
        ...found(/\{ name = "([^"]+)", scopes/g, entry),
        ...found(/^limits = \[([^\]]*)\]/gm, entry).flatMap((limits) => found(/"([^"]+)"/g, limits)),
      ]);
  }

  /** The titles of the demo's steps: what stands in its code like one, and is no sentence. */
  const steps = (): string[] =>
    ['program.rs', 'program/second.rs', 'malice.rs'].flatMap((file) =>
      found(/"([A-Z][a-z]*(?: [\w(),:;-]+){2,})"/g, text(`demo/src/${file}`)).filter(
        (title) => !title.endsWith(':'),
      ),
    );

  test('what shipped entries and the demo say is there in German, and nothing else is', () => {
    const said = [...shipped(), ...steps()];
    expect(shipped().length).toBeGreaterThan(700);
    expect(steps().length).toBeGreaterThan(25);
    const german = Object.keys(entries);
    expect(said.filter((words) => !german.includes(words))).toEqual([]);
    // The demo's, and those of every OpenID Connect issuer, stand in the code.
    const elsewhere = text('daemon/src/demo_house.rs') + text('providers/src/examination.rs');
    const demo = found(/entry\("[^"]+", "([^"]+)"/g, elsewhere);
    expect(demo.filter((words) => !german.includes(words))).toEqual([]);
    const known = (words: string) => said.includes(words) || elsewhere.includes(`"${words}"`);
    expect(german.filter((words) => !known(words))).toEqual([]);
  });

  test('the fake says of providers and the demo what the shipped entries and the demo say', () => {
    const known = (words: string) => words in entries;
    const providers = fakeProviders().flatMap((provider) => [
      ...provider.limits,
      ...provider.guide.map((step) => step.text),
      ...provider.inputs.map((input) => input.label),
      ...provider.scopes.flatMap((scope) => [scope.words, scope.service]),
    ]);
    const said = [...providers, ...fakeDemoSteps().map((step) => step.title)];
    expect(said.filter((words) => !known(words))).toEqual([]);
  });

  test('no message is longer than it may be in a line, and none holds markup', () => {
    for (const [name, message] of [...messages(en), ...messages(de)])
      expect(message, name).not.toMatch(/[<>]|&\w+;/);
  });

  test('one and several are told apart as the language does', () => {
    const words = { one: '{count} day', other: '{count} days' };
    expect([0, 1, 2, 1200].map((count) => say(words, { count }))).toEqual([
      '0 days',
      '1 day',
      '2 days',
      '1,200 days',
    ]);
    expect(say('{who} asks {whom}', { who: '{whom}', whom: 'x' })).toBe('{whom} asks x');
  });

  test('dates and numbers are those of the language', () => {
    speak(languageOf('de-CH'));
    expect(span(900)).toBe('15 Minuten');
    expect(document.documentElement.lang).toBe('de-CH');
    speak(pseudo());
    expect(document.documentElement.dir).toBe('rtl');
    speak(languageOf('en'));
    expect(document.documentElement.dir).toBe('ltr');
  });

  test("the broker's sentences are said in the person's language, or else in English", () => {
    const changed = { message: 'cause.password_changed', with: { provider: 'GitHub' } };
    expect(spoken('In English.', changed)).toBe('In English.');
    speak(languageOf('de'));
    expect(spoken('In English.', changed)).toBe(
      'Das Passwort bei GitHub wurde geändert; das hat die Anmeldung beendet.',
    );
    expect(spoken('In English.', { message: 'cause.of_tomorrow', with: {} })).toBe('In English.');
    expect(spoken('In English.')).toBe('In English.');
    speak(languageOf('en'));
  });

  test('words of ours within a sentence are in its language, too, or the whole is English', () => {
    const look = (value: string) => ({
      message: 'event.setting_set_to',
      with: {
        setting: { message: 'setting.desktop.theme', with: {} },
        value: { message: value, with: {} },
      },
    });
    speak(languageOf('de'));
    expect(spoken('In English.', look('choice.dark'))).toBe('„Aussehen“ steht jetzt auf „Dunkel“.');
    expect(spoken('In English.', look('choice.pink'))).toBe('In English.');
    speak(languageOf('en'));
  });

  test('a scope is said in the words of its entry, a limit in our own', () => {
    const limit = {
      words: 'Only in docs',
      said: { message: 'scope.only_in', with: { what: 'docs' } },
    };
    speak(languageOf('de'));
    expect(scopeInWords(limit)).toBe('Nur in docs');
    expect(scopeInWords({ words: 'Look at your photos' })).toBe(entries['Look at your photos']);
    expect(scopeInWords({ words: 'photos.of.mine' })).toBe('photos.of.mine');
    speak(languageOf('en'));
  });

  test('a failure ends in what to do in every language', () => {
    const wrong = {
      code: 'wrong_passphrase',
      sentence: 'That is not the passphrase.',
      next: 'Try again.',
      id: 'err_1',
      said: { message: 'refusal.wrong_passphrase', with: {} },
    } as const;
    expect(told(wrong)).toEqual({ sentence: 'That is not the passphrase.', next: 'Try again.' });
    speak(languageOf('de'));
    expect(told(wrong)).toEqual({
      sentence: 'Das ist nicht die Passphrase.',
      next: 'Versuchen Sie es noch einmal.',
    });
    speak(languageOf('en'));
  });

  test('a search looks for the names of what this window would say', () => {
    expect(parse('Notaus', 'all', 0).words).toEqual([{ word: 'Notaus' }]);
    speak(languageOf('de'));
    expect(parse('Notaus', 'all', 0).words).toEqual([{ word: 'Notaus', messages: ['event.panic'] }]);
    // What fills a place is not a word of the message.
    expect(namesOf('wanted')).toEqual([]);
    speak(languageOf('en'));
  });

  test('UI-06 tricks are taken out of what others wrote', () => {
    expect(plain('a\u202Eb\u0000c\u200bd')).toBe('a b c d');
    expect(plain('x'.repeat(500), 10)).toHaveLength(10);
    expect(plainPath(`/start/${'x'.repeat(500)}/end`, 40)).toMatch(/^\/start.*…x+\/end$/);
  });
});

describe('TAU-01 the strict content policy holds', () => {
  test.each(Object.entries(sources))('%s has no raw HTML, no inline style, no inline script', (_, source) => {
    expect(source).not.toMatch(/\{@html|innerHTML|\sstyle="|\son[a-z]+="/);
  });
});
