/** What the person types into the search of the activity page, as a filter. */
import type { ActivityFilter, Timestamp, Word } from '../backend/control';
import { namesOf } from '../i18n/said';

export type Range = 'all' | 'hour' | 'day' | 'week' | 'month';
export const RANGES: readonly Range[] = ['all', 'hour', 'day', 'week', 'month'];

const HOUR = 3600;
const SECONDS: Record<Range, number | undefined> = {
  all: undefined,
  hour: HOUR,
  day: 24 * HOUR,
  week: 7 * 24 * HOUR,
  month: 30 * 24 * HOUR,
};

const PREFIXES = ['app', 'account', 'scope', 'kind'] as const;

/** A prefix with a word or a quoted phrase; a quoted phrase; or a word. */
const PART = /(?:(app|account|scope|kind):)?(?:"([^"]*)"?|(\S+))/giu;

/** `app:gh account:"my work" refused` as a filter. */
export function parse(
  typed: string,
  range: Range,
  now: Timestamp,
  scopesHolding: (word: string) => string[] = () => [],
): ActivityFilter {
  const filter: ActivityFilter = {};
  const words: string[] = [];
  for (const [, prefix, quoted, word] of typed.matchAll(PART)) {
    const value = (quoted ?? word ?? '').trim();
    const place = PREFIXES.find((one) => one === prefix?.toLowerCase());
    if (value === '') continue;
    if (place) filter[place] = value;
    else words.push(value);
  }
  if (words.length > 0) filter.words = words.map((word) => shown(word, scopesHolding(word)));
  const seconds = SECONDS[range];
  if (seconds !== undefined) filter.since = now - seconds;
  return filter;
}

/** A word as events are shown in this window's language; `scopes` are those whose words hold it. */
function shown(word: string, scopes: string[]): Word {
  const messages = namesOf(word);
  return {
    word,
    ...(messages === undefined ? {} : { messages }),
    ...(scopes.length === 0 ? {} : { scopes }),
  };
}

/** A word as it is typed after a prefix. */
export const quoted = (word: string): string => (/[\s"]/.test(word) ? `"${word.replaceAll('"', '')}"` : word);
