import { screen } from '@testing-library/svelte';
import { describe, expect, test } from 'vitest';

import { failure } from '../src/backend/fake';
import { fakeApps } from '../src/backend/fake-data';
import { asked, at, maybe, open, press } from './window';

describe('programs', () => {
  test('one scope, one consent, or everything can be withdrawn', async () => {
    const opened = await open();
    await press(opened, 'nav-programs');
    await press(opened, 'app-toggle-app-gh');
    await press(opened, 'revoke-scope-con-1-repo');
    await press(opened, 'confirm');
    await press(opened, 'revoke-consent-con-1');
    await press(opened, 'confirm');
    expect(asked(opened.fake, 'consent_revoke')).toEqual([
      { ask: 'consent_revoke', consent: 'con-1', scope: 'repo' },
      { ask: 'consent_revoke', consent: 'con-1', scope: null },
    ]);
    expect(maybe('consent-con-1')).toBeNull();
    await press(opened, 'back');
    await press(opened, 'app-toggle-app-notes');
    await press(opened, 'revoke-app-app-notes');
    await press(opened, 'confirm');
    expect(asked(opened.fake, 'app_revoke')).toEqual([{ ask: 'app_revoke', app: 'app-notes' }]);
  });

  test('nothing is withdrawn when the question is cancelled', async () => {
    const opened = await open();
    await press(opened, 'nav-programs');
    await press(opened, 'app-toggle-app-gh');
    await press(opened, 'revoke-consent-con-1');
    await press(opened, 'confirm-cancel');
    expect(asked(opened.fake, 'consent_revoke')).toEqual([]);
    expect(at('consent-con-1')).toBeTruthy();
  });

  test('a refusal to withdraw stays in the dialog', async () => {
    const opened = await open();
    await press(opened, 'nav-programs');
    await press(opened, 'app-toggle-app-gh');
    await press(opened, 'revoke-consent-con-1');
    opened.fake.failNext.set('consent_revoke', failure('internal', 'The vault is torn.'));
    await press(opened, 'confirm');
    expect(at('failure').textContent).toContain('The vault is torn.');
    expect(at('confirm')).toBeTruthy();
  });

  test('a token that is out can be ended', async () => {
    const opened = await open();
    await press(opened, 'nav-programs');
    expect(at('lease-lease-1').textContent).toContain('Through the gateway');
    await press(opened, 'end-lease-lease-1');
    expect(maybe('lease-lease-1')).toBeNull();
  });
});

describe('one program', () => {
  const editor = async () => {
    const opened = await open();
    await press(opened, 'nav-programs');
    await press(opened, 'app-toggle-app-tb');
    await press(opened, 'edit-consent-con-3');
    return opened;
  };

  test('a rule is edited without a new question, and only what changed is sent', async () => {
    const opened = await editor();
    await press(opened, 'edit-scope-https://www.googleapis.com/auth/calendar.events');
    await opened.user.selectOptions(at('edit-duration'), 'For 30 days');
    await press(opened, 'edit-save');
    expect(asked(opened.fake, 'consent_edit')).toEqual([
      {
        ask: 'consent_edit',
        consent: 'con-3',
        edit: {
          scopes: ['https://www.googleapis.com/auth/calendar.readonly'],
          duration: { for: 'seconds', seconds: 2_592_000 },
        },
      },
    ]);
    expect(maybe('undo'), 'what narrows cannot be undone here: undoing would give more').toBeNull();
  });

  test('where a click is not enough, the passphrase is asked for and goes along', async () => {
    const opened = await editor();
    opened.fake.failNext.set(
      'consent_edit',
      failure('presence_needed', 'To allow this takes the passphrase.'),
    );
    await opened.user.selectOptions(at('edit-duration'), 'For 30 days');
    await press(opened, 'edit-save');
    expect((at('edit-save') as HTMLButtonElement).disabled).toBe(true);
    await opened.user.type(at('own-passphrase'), 'correct horse');
    await press(opened, 'edit-save');
    expect(maybe('edit-save')).toBeNull();
    expect(opened.fake.typed).toEqual(['correct horse']);
  });

  test('a note can be changed, and that can be undone', async () => {
    const opened = await editor();
    await opened.user.clear(at('edit-note'));
    await opened.user.type(at('edit-note'), 'For mother');
    await press(opened, 'edit-save');
    expect(at('note-con-3').textContent).toBe('For mother');
    await press(opened, 'undo');
    expect(at('note-con-3').textContent).toContain('set up in March');
  });

  test('nothing is sent when nothing changed', async () => {
    await editor();
    expect((at('edit-save') as HTMLButtonElement).disabled).toBe(true);
  });

  test('withdrawing says first what will stop working', async () => {
    const opened = await open();
    await press(opened, 'nav-programs');
    await press(opened, 'app-toggle-app-gh');
    await press(opened, 'revoke-app-app-gh');
    expect(at('stops').textContent).toMatch(/gh → GitHub.*1 token that is out ends/s);
  });
});

describe('the list of programs', () => {
  test('is sorted and filtered', async () => {
    const opened = await open();
    await press(opened, 'nav-programs');
    const names = () =>
      screen.getAllByTestId(/^app-toggle-/).map((row) => row.querySelector('strong')?.textContent);
    expect(names()).toEqual(['gh', 'release-notes', 'Thunderbird', 'sync-everything']);
    await opened.user.selectOptions(at('program-sort'), 'name');
    expect(names()).toEqual(['gh', 'release-notes', 'sync-everything', 'Thunderbird']);
    await opened.user.selectOptions(at('program-show'), 'refused');
    expect(names()).toEqual(['sync-everything']);
    await opened.user.selectOptions(at('program-show'), 'all');
    await opened.user.type(at('program-filter'), 'calendars');
    expect(names()).toEqual(['Thunderbird']);
  });

  test('of a thousand only those in sight are drawn', async () => {
    const apps = Array.from({ length: 1_000 }, (_, n) => ({ ...fakeApps()[0]!, id: `app-${n}` }));
    const opened = await open({ apps });
    await press(opened, 'nav-programs');
    expect(screen.getAllByTestId(/^app-toggle-/).length).toBeLessThan(200);
    expect(screen.getByText('1,000 programs')).toBeTruthy();
  });
});

describe('registering a program by hand', () => {
  test('sends what it says of itself, and then shows what it has to be told', async () => {
    const opened = await open();
    await press(opened, 'nav-programs');
    await press(opened, 'register');
    await opened.user.type(at('register-name'), 'Shelf');
    expect((at('register-save') as HTMLButtonElement).disabled).toBe(true);
    await opened.user.type(at('register-addresses'), 'http://127.0.0.1/done{Enter}http://[[::1]/done');
    await press(opened, 'register-device');
    await press(opened, 'register-save');
    expect(asked(opened.fake, 'app_register')).toEqual([
      {
        ask: 'app_register',
        provider: 'github',
        name: 'Shelf',
        redirect_uris: ['http://127.0.0.1/done', 'http://[::1]/done'],
        grants: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        resources: [],
      },
    ]);
    expect(at('registered-issuer').textContent).toMatch(/127\.0\.0\.1:\d+\/github$/);
    expect(at('registered-client-id').textContent).toBe('kl-7hQwMd3x');
    await press(opened, 'registered-show');
    expect(at('app-app-by-hand').textContent).toContain('registered by you');
  });

  test('a local service needs its address, and asks for nothing itself', async () => {
    const opened = await open();
    await press(opened, 'nav-programs');
    await press(opened, 'register');
    await opened.user.click(screen.getByRole('radio', { name: /local service/ }));
    await opened.user.type(at('register-name'), 'Shelf');
    await opened.user.type(at('register-addresses'), 'http://127.0.0.1:9321/');
    await press(opened, 'register-save');
    expect(asked(opened.fake, 'app_register')[0]).toMatchObject({
      redirect_uris: [],
      grants: [],
      resources: ['http://127.0.0.1:9321/'],
    });
  });

  test('LEK-08 one with a secret is left to the terminal, by a command that a shell takes as it is meant', async () => {
    const opened = await open();
    await press(opened, 'nav-programs');
    await press(opened, 'register');
    await opened.user.type(at('register-name'), "Ada's; rm -rf ~");
    await opened.user.type(at('register-addresses'), 'http://127.0.0.1/done');
    expect(at('register-command').textContent).toBe(
      "keylodge app register github --name 'Ada'\\''s; rm -rf ~' --redirect-uri http://127.0.0.1/done --confidential",
    );
  });

  test('a refusal stays in the form', async () => {
    const opened = await open();
    await press(opened, 'nav-programs');
    await press(opened, 'register');
    await opened.user.type(at('register-name'), 'Shelf');
    await opened.user.type(at('register-addresses'), 'http://elsewhere.example/');
    opened.fake.failNext.set(
      'app_register',
      failure('invalid_request', 'The redirect address is plain http.'),
    );
    await press(opened, 'register-save');
    expect(at('failure').textContent).toContain('plain http');
    expect((at('register-name') as HTMLInputElement).value).toBe('Shelf');
  });
});
