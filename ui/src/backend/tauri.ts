/** The backend in the desktop process: requests go through its two commands, events come on one name. */
import { invoke } from '@tauri-apps/api/core';
import { listen, TauriEvent } from '@tauri-apps/api/event';

import { STILL_MILLISECONDS, type Backend, type Unsubscribe, type WindowKind } from './backend';
import type { Answer, Event, Page } from './control';

/** Where Tauri tells a page its window's label. `getCurrentWindow` reads it here, too, and brings along all that windows can do. */
declare const __TAURI_INTERNALS__: { metadata: { currentWindow: { label: string } } };

export function tauriBackend(): Backend {
  const { label } = __TAURI_INTERNALS__.metadata.currentWindow;
  const window: WindowKind = label === 'prompt' ? 'prompt' : 'main';
  const command = window === 'prompt' ? 'prompt_call' : 'call';
  return {
    window,
    call: (request, passphrase) => invoke<Answer>(command, { request, passphrase: passphrase ?? null }),
    onEvent: (handler) => later(listen<Event>('broker', (message) => handler(message.payload))),
    initialPage: () => invoke<Page>('initial_page'),
    chooseFile: (title, name) => invoke<string | null>('choose_file', { title, name }),
    showPrompt: () => invoke<void>('show_prompt'),
    onDisturbed(handler) {
      const target = { kind: 'Window', label } as const;
      const changed = () => handler(STILL_MILLISECONDS);
      const ends = [
        later(listen<number>('gate', (message) => handler(message.payload))),
        later(listen(TauriEvent.WINDOW_MOVED, changed, { target })),
        later(listen(TauriEvent.WINDOW_RESIZED, changed, { target })),
      ];
      return () => ends.forEach((end) => end());
    },
  };
}

/** An unsubscribe that may be called before the subscription stands. */
function later(subscription: Promise<Unsubscribe>): Unsubscribe {
  subscription.catch((reason: unknown) => console.error('no subscription:', reason));
  return () => void subscription.then((end) => end()).catch(() => undefined);
}
