import { screen } from '@testing-library/svelte';
import { describe, expect, test } from 'vitest';

import { asked, at, maybe, open, press } from './window';

describe('who may what', () => {
  test('says in each cell what a program may do there', async () => {
    const opened = await open();
    await press(opened, 'nav-matrix');
    expect(at('cell-app-gh-acc-github').dataset.reach).toBe('changes');
    expect(at('cell-app-notes-acc-github').textContent).toContain('holds the provider’s own token');
    expect(at('cell-app-odd-acc-github').dataset.reach).toBe('refused');
    expect(at('cell-app-gh-acc-google-home').dataset.reach).toBe('none');
    await press(opened, 'matrix-app-gh');
    expect(at('consent-con-1')).toBeTruthy();
  });
});

describe('routes', () => {
  test('are added, explained, removed, and put back', async () => {
    const opened = await open();
    await press(opened, 'nav-routes');
    await press(opened, 'route-add');
    expect((at('route-save') as HTMLButtonElement).disabled).toBe(true);
    await opened.user.type(at('route-directory'), '/srv/mill');
    await opened.user.selectOptions(at('route-account'), 'acc-google-work');
    await press(opened, 'route-save');
    expect(asked(opened.fake, 'route_add')).toEqual([
      {
        ask: 'route_add',
        account: 'acc-google-work',
        when: { directory: '/srv/mill', repository: null, host: null, program: null },
        note: '',
      },
    ]);
    await opened.user.type(at('explain-directory'), '/srv/mill/wheel');
    await press(opened, 'explain');
    expect(at('explained').textContent).toContain('Work');
    await press(opened, 'route-remove-route-3');
    expect(maybe('route-route-3')).toBeNull();
    await press(opened, 'undo');
    expect(at('route-route-3')).toBeTruthy();
  });

  test('none yet: says what they are for and the command', async () => {
    const opened = await open({ routes: [] });
    await press(opened, 'nav-routes');
    expect(screen.getByText('No route yet')).toBeTruthy();
    expect(screen.getByText(/keylodge route add/)).toBeTruthy();
  });
});
