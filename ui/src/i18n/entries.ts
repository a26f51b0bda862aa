/**
 * What the shipped entries say (scopes, services, limits, guides, forms), and what the demo does, in the language of the window. Both are
 * written in English; the translation is found by the whole text, by its fingerprint (`entries.de.json`, `translations.ts`). Whatever is not there, as the words of the person's own
 * providers, stays as it is.
 */
import { language } from '.';
import { fingerprint } from './fingerprint';
import de from 'virtual:entries.de';

const translated: Record<string, ReadonlyMap<string, string>> = { de: new Map(Object.entries(de)) };

export const inWords = (text: string): string => translated[language()]?.get(fingerprint(text)) ?? text;
