/** What keys do in the main window. None of them widens anything. */

export type Deed = 'search' | 'add' | 'back' | 'lock' | 'panic' | 'waiting' | 'help' | { page: number };

export interface Shortcut {
  readonly keys: readonly string[];
  readonly words: 'pages' | 'search' | 'add' | 'back' | 'lock' | 'panic' | 'waiting' | 'help';
}

/** As they are shown. */
export const shortcuts: readonly Shortcut[] = [
  { keys: ['Alt', '1 – 8'], words: 'pages' },
  { keys: ['/'], words: 'search' },
  { keys: ['Ctrl', 'N'], words: 'add' },
  { keys: ['Alt', '←'], words: 'back' },
  { keys: ['Ctrl', 'J'], words: 'waiting' },
  { keys: ['Ctrl', 'L'], words: 'lock' },
  { keys: ['Ctrl', 'Shift', 'K'], words: 'panic' },
  { keys: ['?'], words: 'help' },
];

/** What this key asks for, if anything. */
export function deed(event: KeyboardEvent): Deed | undefined {
  if (event.altKey && !event.ctrlKey && /^[1-8]$/.test(event.key)) return { page: Number(event.key) };
  if (event.altKey && event.key === 'ArrowLeft') return 'back';
  const key = event.key.toLowerCase();
  if (event.ctrlKey && event.shiftKey && key === 'k') return 'panic';
  if (event.ctrlKey && !event.shiftKey && !event.altKey) return withControl(key);
  if (writes(event.target) || event.ctrlKey || event.altKey || event.metaKey) return undefined;
  if (key === '?') return 'help';
  return key === '/' ? 'search' : undefined;
}

function withControl(key: string): Deed | undefined {
  const deeds: Record<string, Deed> = { n: 'add', l: 'lock', j: 'waiting', f: 'search' };
  return deeds[key];
}

/** Somebody writes there: signs are signs. */
function writes(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.matches('input:not([type=checkbox], [type=radio]), textarea, select')
  );
}
