/** Starts whichever of the two windows this page was opened for. */
import { mount } from 'svelte';

import App from './App.svelte';
import type { Backend } from './backend/backend';
import { tauriBackend } from './backend/tauri';
import { locale } from './i18n';
import './styles/base.css';

async function backend(): Promise<Backend> {
  if (import.meta.env.DEV && new URLSearchParams(location.search).has('fake')) {
    const { fakeFromAddress } = await import('./backend/fake-address');
    return fakeFromAddress(location);
  }
  return tauriBackend();
}

document.documentElement.lang = locale;
const target = document.getElementById('app');
if (target) mount(App, { target, props: { backend: await backend() } });
