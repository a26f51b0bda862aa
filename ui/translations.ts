/** Gives the pages the translations of what entries say under the fingerprints of the English texts: the broker sends those. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Plugin } from 'vitest/config';

import { fingerprint } from './src/i18n/fingerprint';

const MODULE = 'virtual:entries.de';
const FILE = fileURLToPath(new URL('src/i18n/entries.de.json', import.meta.url));

export const translations = (): Plugin => ({
  name: 'translations',
  resolveId: (id) => (id === MODULE ? `\0${MODULE}` : undefined),
  load(id) {
    if (id !== `\0${MODULE}`) return undefined;
    this.addWatchFile(FILE);
    const texts = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, string>;
    const found = new Map(Object.entries(texts).map(([text, words]) => [fingerprint(text), words]));
    if (found.size < Object.keys(texts).length) this.error('Two texts have the same fingerprint.');
    return `export default ${JSON.stringify(Object.fromEntries(found))}`;
  },
});
