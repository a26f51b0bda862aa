/** Sentences of the broker's as it says them: in English, with their names. For the fake backend. */
import { say } from '../i18n';
import en from '../i18n/en.json';
import type { Filling, Said } from './control';

/** What a message says in English, with its name beside it. */
export function named(message: keyof typeof en.said, places: Record<string, Filling> = {}): [string, Said] {
  const said = { message, with: places };
  return [english(said), said];
}

const WORDS: Record<string, Record<string, string>> = {
  setting: en.settings.of,
  choice: en.settings.choices,
  unit: en.settings.units,
};

function english({ message, with: places }: Said): string {
  const [kind = '', name] = message.split(/\.(.*)/);
  const words = WORDS[kind]?.[name ?? ''] ?? (en.said as Record<string, string>)[message] ?? message;
  const filled = Object.entries(places).map(([place, filling]) => [
    place,
    typeof filling === 'string' ? filling : english(filling),
  ]);
  return say(words, Object.fromEntries(filled) as Record<string, string>);
}
