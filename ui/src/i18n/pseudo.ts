/** A language that nobody speaks: longer than English, accented, and from right to left. For development and tests. */
import type { Language, Messages } from '.';
import en from './en.json';

const LOOKS: Record<string, string> = {
  a: 'å',
  e: 'é',
  i: 'ï',
  o: 'ø',
  u: 'ü',
  A: 'Å',
  E: 'É',
  O: 'Ø',
  U: 'Ü',
};

/** How much longer than English other languages can be. */
const STRETCH = 1.3;

export const pseudo = (): Language => ({
  locale: 'ar-XB',
  direction: 'rtl',
  messages: twist(en) as Messages,
});

function twist(message: unknown): unknown {
  if (typeof message === 'string') return twisted(message);
  if (Array.isArray(message)) return message.map(twist);
  return Object.fromEntries(Object.entries(message as object).map(([key, value]) => [key, twist(value)]));
}

/** `[Åccøünts···]`; places to fill stay as they are. */
function twisted(text: string): string {
  const accented = text.replace(/\{\w+\}|[aeiouAEOU]/g, (found) => LOOKS[found] ?? found);
  const more = Math.ceil(text.length * (STRETCH - 1));
  return `[${accented}${'·'.repeat(more)}]`;
}
