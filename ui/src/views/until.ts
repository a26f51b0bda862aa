/** "Until a date": a length of time that ends with that day. */
import type { Duration } from '../backend/control';
import { dayIn } from '../i18n/format';

const DAY = 86_400;
/** Nobody means longer than this by a date. */
const MOST = 10 * 365 * DAY;

/** So many seconds, at the most, that a date among these choices may lie ahead; 0 where none of them is so long. */
export function furthest(offered: readonly Duration[]): number {
  const reach = offered.map((one) => (one.for === 'always' ? MOST : one.for === 'seconds' ? one.seconds : 0));
  const most = Math.max(0, ...reach);
  return most >= DAY ? most : 0;
}

/** The first and the last day that can be chosen. */
export const bounds = (most: number, now: number): { min: string; max: string } => ({
  min: dayIn(now),
  max: dayIn(now + most - DAY),
});

/** From now to the end of the day `date` (`2026-11-20`), if that lies ahead and is not too far. */
export function until(date: string, most: number, now: number): Duration | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date.trim()) ?? [];
  const end = new Date(Number(year), Number(month) - 1, Number(day) + 1);
  if (!day) return undefined;
  const seconds = Math.floor(end.getTime() / 1000) - now;
  return seconds > 0 && seconds <= most ? { for: 'seconds', seconds } : undefined;
}
