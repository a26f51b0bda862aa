/** Sentences of the broker's as it says them: in English, with their names. For the fake backend. */
import { say } from '../i18n';
import en from '../i18n/en.json';
import type { Failure, FailureCode, Filling, Said } from './control';

/** A sentence in English, and its name. */
export type Told = [string, Said];

/** What a message says in English, with its name beside it. */
export function named(message: keyof typeof en.said, places: Record<string, Filling> = {}): Told {
  const said = { message, with: places };
  return [english(said), said];
}

/** Why something was not done, as the broker says it: where the sentence ends in what to do, that stands apart. */
export function refusal(
  code: FailureCode,
  message: keyof typeof en.said,
  places: Record<string, Filling> = {},
): Failure {
  const [whole, said] = named(message, places);
  const cut = whole.lastIndexOf('. ');
  const [sentence, next] = cut < 0 ? [whole, ''] : [whole.slice(0, cut + 1), whole.slice(cut + 2)];
  return { code, sentence, next, id: 'f-4K7TQ2', said };
}

/** Two sentences, one after the other. */
export function both(first: Told, second: Told): Told {
  return [`${first[0]} ${second[0]}`, { message: 'then', with: { first: first[1], second: second[1] } }];
}

/** Sentences, and their names apart. */
export const linesOf = (told: Told[]): [string[], Said[]] => [
  told.map(([text]) => text),
  told.map(([, said]) => said),
];

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
