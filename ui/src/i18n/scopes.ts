/**
 * What the shipped entries say of scopes and services, in the language of the window. Entries are written in English; the translation is
 * found by the whole text. Whatever is not there, as the words of the person's own providers, stays as it is.
 */
import { language } from '.';
import de from './scopes.de.json';

const translated: Record<string, ReadonlyMap<string, string>> = { de: new Map(Object.entries(de)) };

export const inWords = (text: string): string => translated[language()]?.get(text) ?? text;
