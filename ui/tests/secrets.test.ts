import { screen } from '@testing-library/svelte';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { accessPrompt } from '../src/backend/fake-data';
import { at, open, press, settle, type Opened } from './window';

const SECRET = 'canary-5d1e';

/** Presses everything that copies; what has been copied. */
async function copied(opened: Opened): Promise<string[]> {
  const write = vi.spyOn(navigator.clipboard, 'writeText');
  for (const button of screen.queryAllByRole('button', { name: /^Copy/ })) {
    await opened.user.click(button);
    await settle();
  }
  return write.mock.calls.map(([text]) => text);
}

/** Everything that the page holds, with what is in its fields and attributes. */
const page = (): string => document.documentElement.outerHTML;

describe('secrets that the person types', () => {
  afterEach(() => localStorage.clear());

  test('LEK-05 LEK-08 a client secret is masked, cannot be copied, and is gone when it was sent', async () => {
    const opened = await open({ signIn: 'waits' });
    await press(opened, 'add-account');
    await press(opened, 'provider-google');
    await opened.user.type(at('client-id'), 'my-id');
    await opened.user.type(at('client-secret'), SECRET);
    expect((at('client-secret') as HTMLInputElement).type).toBe('password');
    const texts = await copied(opened);
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.join(' ')).not.toContain(SECRET);
    await press(opened, 'sign-in');
    expect(page()).not.toContain(SECRET);
    expect([...document.querySelectorAll('input')].map((field) => field.value).join(' ')).not.toContain(
      SECRET,
    );
    expect((await copied(opened)).join(' ')).not.toContain(SECRET);
  });

  test('LEK-08 a passphrase is masked in every window that asks for one', async () => {
    const first = await open({ status: { vault: 'locked_by_passphrase' } });
    expect((at('passphrase') as HTMLInputElement).type).toBe('password');
    await first.user.type(at('passphrase'), SECRET);
    await press(first, 'unlock-submit');
    expect((at('passphrase') as HTMLInputElement).value).toBe('');
    document.body.innerHTML = '';
    await open({
      window: 'prompt',
      prompts: [accessPrompt('p-1', { passphrase: { release: false, high_risk: false, always: true } })],
    });
    expect((at('prompt-passphrase') as HTMLInputElement).type).toBe('password');
    expect((at('prompt-passphrase') as HTMLInputElement).autocomplete).toBe('off');
  });

  test('TAU-10 the pages keep nothing in the web view’s own storage', async () => {
    const opened = await open();
    for (const name of ['programs', 'matrix', 'activity', 'routes', 'settings', 'diagnostics', 'accounts'])
      await press(opened, `nav-${name}`);
    expect(localStorage.length).toBe(0);
    expect(sessionStorage.length).toBe(0);
    expect(document.cookie).toBe('');
  });
});
