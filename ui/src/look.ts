/** Light or dark: what the person set, or what the system wants. Contrast and motion always follow the system. */
export type Theme = 'system' | 'light' | 'dark';

const DARK = '(prefers-color-scheme: dark)';

let wanted: Theme = 'system';

/** Names the theme on the page's root; the tokens do the rest. */
export function wear(theme: Theme): void {
  wanted = theme;
  const dark = wanted === 'dark' || (wanted === 'system' && systemIsDark());
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
}

/** Follows the system from now on, wherever the person left the choice to it. */
export function followSystem(): void {
  wear(wanted);
  query()?.addEventListener('change', () => wear(wanted));
}

export function isTheme(text: string): text is Theme {
  return text === 'system' || text === 'light' || text === 'dark';
}

const systemIsDark = (): boolean => query()?.matches ?? false;

/** Absent where pages are tested without a browser. */
function query(): MediaQueryList | undefined {
  return typeof matchMedia === 'function' ? matchMedia(DARK) : undefined;
}
