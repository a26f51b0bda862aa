/** The backend in the desktop process: requests go through its two commands, events come on one name. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { getCurrentWindow } from '@tauri-apps/api/window';

import type { Backend, Unsubscribe, WindowKind } from './backend';
import type { Answer, Event } from './control';

export function tauriBackend(): Backend {
  const own = getCurrentWindow();
  const window: WindowKind = own.label === 'prompt' ? 'prompt' : 'main';
  const command = window === 'prompt' ? 'prompt_call' : 'call';
  return {
    window,
    call: (request) => invoke<Answer>(command, { request }),
    onEvent: (handler) => later(listen<Event>('broker', (message) => handler(message.payload))),
    onMoved(handler) {
      const moved = later(own.onMoved(handler));
      const resized = later(own.onResized(handler));
      return () => {
        moved();
        resized();
      };
    },
    openLink: (url) => tried(invoke('open_link', { url })),
    showPrompts: () => tried(invoke('show_prompts')),
  };
}

/** An unsubscribe that may be called before the subscription stands. */
function later(subscription: Promise<Unsubscribe>): Unsubscribe {
  subscription.catch((reason: unknown) => console.error('no subscription:', reason));
  return () => void subscription.then((end) => end()).catch(() => undefined);
}

async function tried(attempt: Promise<unknown>): Promise<boolean> {
  try {
    await attempt;
    return true;
  } catch {
    return false;
  }
}
