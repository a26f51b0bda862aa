import { screen } from '@testing-library/svelte';
import { describe, expect, test } from 'vitest';

import { asked, at, maybe, open, press, settle } from './window';

describe('the keyboard', () => {
  test('goes to pages, searches, and shows what it can do', async () => {
    const opened = await open({ prompts: [] });
    await opened.user.keyboard('{Alt>}2{/Alt}');
    expect(at('nav-programs').getAttribute('aria-current')).toBe('page');
    await opened.user.keyboard('/');
    expect(document.activeElement).toBe(at('program-filter'));
    await opened.user.keyboard('?');
    expect((at('program-filter') as HTMLInputElement).value).toBe('?');
    at('nav-programs').focus();
    await opened.user.keyboard('?');
    expect(at('shortcuts').textContent).toContain('Go to a page');
  });

  test('panic asks first from the keyboard too', async () => {
    const opened = await open();
    await opened.user.keyboard('{Control>}{Shift>}k{/Shift}{/Control}');
    expect(asked(opened.fake, 'panic')).toEqual([]);
    expect(at('confirm').textContent).toBe('Stop everything');
  });

  test('locks', async () => {
    const opened = await open();
    await opened.user.keyboard('{Control>}l{/Control}');
    await settle();
    expect(at('unlock')).toBeTruthy();
  });
});

describe('the frame', () => {
  test('pauses and goes on', async () => {
    const opened = await open();
    await press(opened, 'pause');
    expect(asked(opened.fake, 'pause')).toEqual([{ ask: 'pause', seconds: 3600 }]);
    expect(at('state').textContent).toContain('Paused');
    await press(opened, 'resume');
    expect(at('state').textContent).toContain('Unlocked');
  });

  test('TAU-05 what waits can be brought into sight, and no more', async () => {
    const opened = await open();
    await press(opened, 'waiting');
    await press(opened, 'show-prompt');
    expect(opened.fake.shown).toBe(1);
    expect(asked(opened.fake, 'request_decide')).toEqual([]);
  });

  test('panic asks first', async () => {
    const opened = await open();
    await press(opened, 'panic');
    expect(asked(opened.fake, 'panic')).toEqual([]);
    await press(opened, 'confirm');
    expect(asked(opened.fake, 'panic')).toHaveLength(1);
    expect(at('unlock')).toBeTruthy();
  });

  test('lock leads to the lock screen', async () => {
    const opened = await open();
    await press(opened, 'lock');
    expect(at('unlock')).toBeTruthy();
  });

  test('TAU-05 the main window shows what waits but has nothing that allows', async () => {
    const opened = await open();
    await press(opened, 'waiting');
    expect(screen.getByText('Calendar Sync asks for access')).toBeTruthy();
    expect(maybe('prompt-allow')).toBeNull();
  });

  test('goes where the broker says', async () => {
    const opened = await open();
    opened.fake.emit({ event: 'show', page: 'programs' });
    await settle();
    expect(at('nav-programs').getAttribute('aria-current')).toBe('page');
  });

  test('a broker that does not answer is said in words', async () => {
    const opened = await open();
    opened.fake.emit({ event: 'stopping' });
    await settle();
    expect(screen.getByText('Keylodge has stopped')).toBeTruthy();
  });
});
