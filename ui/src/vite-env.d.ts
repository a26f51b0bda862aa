/// <reference types="vite/client" />
/// <reference types="svelte" />

/** Translations by the fingerprints of the English texts (`translations.ts`). */
declare module 'virtual:entries.de' {
  const translations: Record<string, string>;
  export default translations;
}
