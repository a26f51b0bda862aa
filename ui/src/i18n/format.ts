/** Dates, durations, numbers and lists in the person's language. */
import { locale, say, t } from '.';
import type { Duration, Timestamp } from '../backend/control';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

interface Formats {
  relative: Intl.RelativeTimeFormat;
  moment: Intl.DateTimeFormat;
  date: Intl.DateTimeFormat;
  shortDate: Intl.DateTimeFormat;
  clock: Intl.DateTimeFormat;
  day: Intl.DateTimeFormat;
  list: Intl.ListFormat;
}

/** Made once for each language: they are dear. */
const made = new Map<string, Formats>();

function formats(): Formats {
  const known = made.get(locale);
  if (known) return known;
  const fresh: Formats = {
    relative: new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }),
    moment: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }),
    date: new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }),
    shortDate: new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' }),
    clock: new Intl.DateTimeFormat(locale, { timeStyle: 'short' }),
    day: new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' }),
    list: new Intl.ListFormat(locale, { type: 'conjunction' }),
  };
  made.set(locale, fresh);
  return fresh;
}

export const now = (): Timestamp => Math.floor(Date.now() / 1000);

const asDate = (at: Timestamp) => new Date(at * 1000);

/** e.g. "Nov 20, 2026, 7:24 PM". */
export const when = (at: Timestamp): string => formats().moment.format(asDate(at));

/** e.g. "Nov 20, 2026". */
export const date = (at: Timestamp): string => formats().date.format(asDate(at));

/** The day as it is written in the name of a file, and in a field for a date, e.g. `2026-11-20`. */
export function dayIn(moment: Timestamp): string {
  const at = asDate(moment);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export const today = (): string => dayIn(now());

/** e.g. "Nov 20". */
export const shortDate = (at: Timestamp): string => formats().shortDate.format(asDate(at));

/** e.g. "7:24 PM". */
export const time = (at: Timestamp): string => formats().clock.format(asDate(at));

/** e.g. "5 minutes ago", "in 2 hours"; a date when it is more than a week away. */
export function ago(at: Timestamp, from: Timestamp = now()): string {
  const { relative } = formats();
  const seconds = at - from;
  const size = Math.abs(seconds);
  if (size < 45) return relative.format(0, 'second');
  if (size < HOUR) return relative.format(Math.round(seconds / MINUTE), 'minute');
  if (size < DAY) return relative.format(Math.round(seconds / HOUR), 'hour');
  if (size < WEEK) return relative.format(Math.round(seconds / DAY), 'day');
  return date(at);
}

/** "Today", "Yesterday", or the day's name. */
export function day(at: Timestamp, from: Timestamp = now()): string {
  const days = Math.round((midnight(at) - midnight(from)) / DAY);
  if (days === 0 || days === -1) return capital(formats().relative.format(days, 'day'));
  return formats().day.format(asDate(at));
}

/** The beginning of the day that `at` is in. */
export function midnight(at: Timestamp): number {
  const of = asDate(at);
  return Math.floor(new Date(of.getFullYear(), of.getMonth(), of.getDate()).getTime() / 1000);
}

/** So many seconds in the largest fitting unit, e.g. "15 minutes". */
export function span(seconds: number): string {
  if (seconds >= DAY && seconds % DAY === 0) return unit(seconds / DAY, 'day');
  if (seconds >= HOUR && seconds % HOUR === 0) return unit(seconds / HOUR, 'hour');
  if (seconds >= MINUTE) return unit(Math.round(seconds / MINUTE), 'minute');
  return unit(seconds, 'second');
}

/** A countdown, e.g. "4:07". */
export function countdown(seconds: number): string {
  const left = Math.max(0, Math.floor(seconds));
  return `${Math.floor(left / MINUTE)}:${String(left % MINUTE).padStart(2, '0')}`;
}

/** e.g. "gh, git and curl". */
export const list = (items: readonly string[]): string => formats().list.format(items);

/** Things that each begin like a sentence, one after the other: scopes in words. */
export const series = (items: readonly string[]): string => items.join('; ');

/** Compares two names as the person's language sorts them. */
export const byName = (one: string, other: string): number => one.localeCompare(other, locale);

/** A duration of a consent in words. */
export function durationWords(duration: Duration): string {
  switch (duration.for) {
    case 'once':
      return t.duration.once;
    case 'seconds':
      return say(t.duration.forSpan, { span: span(duration.seconds) });
    case 'until_lock':
      return t.duration.untilLock;
    case 'always':
      return t.duration.always;
  }
}

function unit(count: number, name: string): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'long' }).format(count);
}

const capital = (words: string): string => words.charAt(0).toLocaleUpperCase(locale) + words.slice(1);
