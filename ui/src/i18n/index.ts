/** Which catalogue of messages is used: the first of the person's languages that there is one for. */
import { en } from './en';

/** Every catalogue has these keys. A new language is a file beside `en.ts` and a line below. */
export type Messages = Widened<typeof en>;

type Widened<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : { readonly [K in keyof T]: Widened<T[K]> };

const catalogues: Record<string, Messages> = { en };

/** The language of the messages, as a BCP 47 tag; the person's own variant of it where there is one. */
export const locale: string = pick(typeof navigator === 'undefined' ? [] : navigator.languages);

export const t: Messages = catalogues[language(locale)] ?? en;

export function pick(wanted: readonly string[]): string {
  return wanted.find((tag) => language(tag) in catalogues) ?? 'en';
}

function language(tag: string): string {
  return tag.split('-')[0]?.toLowerCase() ?? 'en';
}
