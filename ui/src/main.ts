/** Starts whichever of the two windows this page was opened for. */
import { mount } from 'svelte';

import App from './App.svelte';
import type { Backend } from './backend/backend';
import { tauriBackend } from './backend/tauri';
import { languageOf, speak } from './i18n';
import { followSystem } from './look';
import './styles/base.css';

async function backend(): Promise<Backend> {
  // Mode `fake` is a build for tests in a browser; the one that is shipped has no trace of it.
  const mayFake = import.meta.env.DEV || import.meta.env.MODE === 'fake';
  if (mayFake && new URLSearchParams(location.search).has('fake')) {
    const { fakeFromAddress } = await import('./backend/fake-address');
    return fakeFromAddress(location);
  }
  return tauriBackend();
}

speak(languageOf('system'));
followSystem();
const target = document.getElementById('app');
if (target) mount(App, { target, props: { backend: await backend() } });
