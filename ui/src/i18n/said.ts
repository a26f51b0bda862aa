/** Sentences of the broker's in the person's language. */
import { locale, say, t } from '.';
import { inWords } from './entries';
import { series } from './format';
import type { Failure, Filling, Said, ScopeView } from '../backend/control';

/** The sentence that `said` names; its English text in an English window, and where the catalogue does not know the name. */
export function spoken(text: string, said?: Said | null): string {
  if (!said || speaksEnglish()) return text;
  return worded(said) ?? text;
}

/** A scope in words. */
export const scopeInWords = ({ words, said }: Pick<ScopeView, 'words' | 'said'>): string =>
  said ? spoken(words, said) : inWords(words);

/** Lines of the broker's, each with its name where it has one. */
export const spokenLines = (lines: readonly string[], said: readonly (Said | null)[] = []): string[] =>
  lines.map((line, n) => spoken(line, said[n]));

/** What is told of a failure: what happened, and what to do next. */
export function told(failure: Failure): { sentence: string; next: string } {
  const { sentence, next } = failure;
  if (failure.said === undefined || speaksEnglish()) return { sentence, next };
  const whole = worded(failure.said);
  if (whole === undefined) return { sentence, next };
  // Where the English sentence ends in what to do, so does this one.
  const cut = next === '' ? -1 : whole.lastIndexOf('. ');
  return cut < 0
    ? { sentence: whole, next: '' }
    : { sentence: whole.slice(0, cut + 1), next: whole.slice(cut + 2) };
}

/** Names of the messages whose words hold this one; `undefined` in an English window, which shows the broker's own text. */
export function namesOf(word: string): string[] | undefined {
  if (speaksEnglish()) return undefined;
  const wanted = word.toLocaleLowerCase(locale);
  return [...everything()].filter(([, message]) => holds(message, wanted)).map(([name]) => name);
}

const speaksEnglish = (): boolean => locale.startsWith('en');

/** A sentence with its scopes in words, where these are known; in English windows, too. */
export function spokenOf(
  text: string,
  said: Said | undefined,
  wordsOf: (scope: string) => string | undefined,
) {
  const scopes = (raw: string) => {
    const words = raw.split(' ').map((scope) => wordsOf(scope) ?? scope);
    return series(words);
  };
  return (said && worded(said, scopes)) ?? text;
}

/** A message with its places filled; `undefined` if a name in it is not known. */
function worded(said: Said, scopes?: (raw: string) => string): string | undefined {
  const message = messageOf(said.message);
  if (message === undefined) return undefined;
  const filled = Object.entries(said.with).map(
    ([place, filling]) => [place, fill(filling, place === 'scopes' ? scopes : undefined, scopes)] as const,
  );
  if (filled.some(([, words]) => words === undefined)) return undefined;
  return say(message, Object.fromEntries(filled) as Record<string, string>);
}

const fill = (
  filling: Filling,
  text: ((raw: string) => string) | undefined,
  scopes: ((raw: string) => string) | undefined,
): string | undefined =>
  typeof filling === 'string' ? (text?.(filling) ?? filling) : worded(filling, scopes);

/** Words of the settings page that stand within sentences, by how their names begin. */
const settings = (): Record<string, Record<string, string>> => ({
  'setting.': t.settings.of,
  'choice.': { ...t.settings.choices, on: t.settings.on, off: t.settings.off },
  'unit.': t.settings.units,
});

/** How the names of words begin that stand in shipped entries; the rest is their English text. */
const ENTRY = 'entry:';

function messageOf(name: string): string | undefined {
  if (name.startsWith(ENTRY)) return inWords(name.slice(ENTRY.length));
  const said: Record<string, string> = t.said;
  for (const [prefix, words] of Object.entries(settings()))
    if (name.startsWith(prefix)) return words[name.slice(prefix.length)];
  return said[name];
}

function* everything(): Generator<[string, string]> {
  yield* Object.entries(t.said);
  for (const [prefix, words] of Object.entries(settings()))
    for (const [name, message] of Object.entries(words)) yield [prefix + name, message];
}

/** Whether a message's own words hold a word; its places are not words. */
const holds = (message: string, word: string): boolean =>
  message.split(/\{\w+\}/).some((part) => part.toLocaleLowerCase(locale).includes(word));
