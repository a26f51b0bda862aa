/** What the charts of the activity page show. */
import type { ActivityCount, ActivityView, Timestamp } from '../backend/control';
import type { Bar } from '../components/bars';
import { midnight, shortDate } from '../i18n/format';

const DAY = 86_400;
const NOON = 43_200;
export const DAYS = 14;
/** How finely the broker counts, so that the days are those of the person's own clock. */
export const STRETCH_SECONDS = 3600;
const MOST_PROGRAMS = 5;

/** The first moment that the chart of days shows. */
export const firstDay = (now: Timestamp): Timestamp => midnight(midnight(now) - (DAYS - 1) * DAY + NOON);

/** One bar for each of the last days, also where nothing happened. */
export function perDay(counts: readonly ActivityCount[], now: Timestamp): Bar[] {
  const first = firstDay(now);
  return Array.from({ length: DAYS }, (_, n) => {
    const from = midnight(first + n * DAY + NOON);
    const of = counts.filter((count) => midnight(count.from) === from);
    return bar(
      shortDate(from),
      of.map(({ tone, count }) => [tone, count]),
    );
  });
}

/** One bar for each of the programs with most events. */
export function perProgram(events: readonly ActivityView[]): Bar[] {
  const tones = new Map<string, [string, number][]>();
  for (const event of events) {
    if (event.app_name === null) continue;
    const known = tones.get(event.app_name);
    if (known) known.push([event.tone, 1]);
    else tones.set(event.app_name, [[event.tone, 1]]);
  }
  return [...tones]
    .sort(([, one], [, other]) => other.length - one.length)
    .slice(0, MOST_PROGRAMS)
    .map(([name, of]) => bar(name, of));
}

function bar(name: string, of: readonly (readonly [tone: string, count: number])[]): Bar {
  const sum = (fits: (tone: string) => boolean) =>
    of.reduce((total, [tone, count]) => total + (fits(tone) ? count : 0), 0);
  return {
    name,
    good: sum((tone) => tone === 'good'),
    refused: sum((tone) => tone === 'refused'),
    other: sum((tone) => tone !== 'good' && tone !== 'refused'),
  };
}
