/** The language that the window speaks, and its messages. */
import de from './de.json';
import en from './en.json';

/** Every catalogue has these keys. A new language is a file beside `en.json` and a line below. */
export type Messages = typeof en;

/** A sentence, or one for each number of things, with `{places}` to fill. */
export type Message = string | { one: string; other: string };

export interface Language {
  /** BCP 47 tag: the person's own variant of the language where there is one. */
  readonly locale: string;
  readonly direction: 'ltr' | 'rtl';
  readonly messages: Messages;
}

const catalogues: Record<string, Messages> = { en, de };

/** What is spoken now. Read them where they are shown, so that a change of language reaches everything. */
export let locale = 'en';
export let t: Messages = en;
let plurals = new Intl.PluralRules(locale);
let numbers = new Intl.NumberFormat(locale);

/** The language asked for by `wanted` (`system`, or a tag), among those that there are. */
export function languageOf(wanted: string): Language {
  const system = typeof navigator === 'undefined' ? [] : navigator.languages;
  const tag = pick(wanted === 'system' ? system : [wanted, ...system]);
  return { locale: tag, direction: 'ltr', messages: catalogues[primary(tag)] ?? en };
}

/** From now on everything that is drawn is in this language. */
export function speak(language: Language): void {
  locale = language.locale;
  t = language.messages;
  plurals = new Intl.PluralRules(locale);
  numbers = new Intl.NumberFormat(locale);
  if (typeof document === 'undefined') return;
  document.documentElement.lang = locale;
  document.documentElement.dir = language.direction;
}

/** The message with its places filled; `count` also chooses between one and several. */
export function say(message: Message, values: Record<string, string | number>): string {
  const sentence = typeof message === 'string' ? message : message[form(values.count)];
  return sentence.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = values[name];
    if (value === undefined) return place;
    return typeof value === 'number' ? numbers.format(value) : value;
  });
}

/** The first of these tags that there is a catalogue for. */
export function pick(wanted: readonly string[]): string {
  return wanted.find((tag) => primary(tag) in catalogues) ?? 'en';
}

function form(count: string | number | undefined): 'one' | 'other' {
  return plurals.select(Number(count)) === 'one' ? 'one' : 'other';
}

/** The language spoken now, without region. */
export const language = (): string => primary(locale);

function primary(tag: string): string {
  return tag.split('-')[0]?.toLowerCase() ?? 'en';
}
