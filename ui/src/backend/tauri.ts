/** The backend in the desktop process: requests go through its two commands, events come on one name. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { getCurrentWindow } from '@tauri-apps/api/window';

import { STILL_MILLISECONDS, type Backend, type Unsubscribe, type WindowKind } from './backend';
import type { Answer, Event, Page } from './control';

export function tauriBackend(): Backend {
  const own = getCurrentWindow();
  const window: WindowKind = own.label === 'prompt' ? 'prompt' : 'main';
  const command = window === 'prompt' ? 'prompt_call' : 'call';
  return {
    window,
    call: (request, passphrase) => invoke<Answer>(command, { request, passphrase: passphrase ?? null }),
    onEvent: (handler) => later(listen<Event>('broker', (message) => handler(message.payload))),
    initialPage: () => invoke<Page>('initial_page'),
    chooseFile: (title, name) => invoke<string | null>('choose_file', { title, name }),
    showPrompt: () => invoke<void>('show_prompt'),
    onDisturbed(handler) {
      const ends = [
        later(listen<number>('gate', (message) => handler(message.payload))),
        later(own.onMoved(() => handler(STILL_MILLISECONDS))),
        later(own.onResized(() => handler(STILL_MILLISECONDS))),
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
