import { screen } from '@testing-library/svelte';
import { describe, expect, test } from 'vitest';

import { failure } from '../src/backend/fake';
import { asked, at, maybe, open, press, settle } from './window';

describe('accounts', () => {
  test('say what is wrong and mend it with one button', async () => {
    const opened = await open();
    expect(at('account-acc-google-home').textContent).toContain('the password was changed');
    await press(opened, 'reauth-acc-google-home');
    await settle(10);
    await press(opened, 'sign-in-done');
    expect(asked(opened.fake, 'account_reauth')).toHaveLength(1);
    expect(at('account-acc-google-home').dataset.health).toBe('working');
  });

  test('are removed only after saying which programs stop, and then say what happened at the provider', async () => {
    const opened = await open();
    await press(opened, 'account-toggle-acc-github');
    await press(opened, 'remove-account-acc-github');
    expect(at('stops').textContent).toContain('gh and release-notes');
    expect(asked(opened.fake, 'account_remove')).toEqual([]);
    await press(opened, 'confirm');
    expect(maybe('account-acc-github')).toBeNull();
    expect(at('removed').textContent).toContain('GitHub confirmed that the sign-in is revoked.');
  });

  test('none yet: says the next thing to do', async () => {
    await open({ accounts: [] });
    expect(screen.getByText('No account yet')).toBeTruthy();
    expect(at('try-demo')).toBeTruthy();
  });

  test('that cannot be read show sentence, next step and id, and can be tried again', async () => {
    const opened = await open({ prompts: [] });
    opened.fake.failNext.set(
      'account_list',
      failure('internal', 'The vault is torn.', 'Run the doctor.', 'f-77'),
    );
    opened.fake.emit({ event: 'changed' });
    await settle();
    expect(at('failure').textContent).toMatch(/The vault is torn\..*Run the doctor\./s);
    expect(at('failure-id').textContent).toBe('f-77');
    await press(opened, 'retry');
    expect(at('account-acc-github')).toBeTruthy();
  });
});

describe('adding an account', () => {
  test('the list can be searched', async () => {
    const opened = await open();
    await press(opened, 'add-account');
    await opened.user.type(at('provider-search'), 'hub');
    expect(at('provider-github')).toBeTruthy();
    expect(maybe('provider-google')).toBeNull();
  });

  test('asks for an own client id where one is needed, and sends what was ticked', async () => {
    const opened = await open();
    await press(opened, 'add-account');
    await press(opened, 'provider-google');
    expect(at('limits').textContent).toContain('seven days');
    const go = at('sign-in') as HTMLButtonElement;
    expect(go.disabled).toBe(true);
    await opened.user.type(at('client-id'), 'my-id');
    await opened.user.type(at('client-secret'), 'my-secret');
    await press(opened, 'scope-openid');
    await press(opened, 'sign-in');
    expect(asked(opened.fake, 'account_add')).toEqual([
      {
        ask: 'account_add',
        provider: 'google',
        label: null,
        client_id: 'my-id',
        client_secret: 'my-secret',
        scopes: [
          'email',
          'https://www.googleapis.com/auth/calendar.readonly',
          'https://www.googleapis.com/auth/drive.file',
        ],
        open_browser: true,
      },
    ]);
  });

  test('waits for the browser, shows the whole address, can be cancelled', async () => {
    const opened = await open({ signIn: 'waits' });
    await press(opened, 'add-account');
    await press(opened, 'provider-github');
    await press(opened, 'sign-in');
    expect(at('authorize-url').dataset.text).toContain('code_challenge_method=S256');
    expect(at('authorize-url').textContent).toBe(at('authorize-url').dataset.text);
    expect(asked(opened.fake, 'sign_in_show')).toEqual([
      { ask: 'sign_in_show', sign_in: 'si-1', wait: true },
    ]);
    await press(opened, 'sign-in-cancel');
    expect(asked(opened.fake, 'sign_in_cancel')).toHaveLength(1);
    expect(at('sign-in')).toBeTruthy();
  });

  test('a sign-in that failed says why and can be tried again', async () => {
    const opened = await open({ signIn: 'fails' });
    await press(opened, 'add-account');
    await press(opened, 'provider-github');
    await press(opened, 'sign-in');
    expect(at('failure').textContent).toContain('client id is not known');
    await press(opened, 'sign-in-retry');
    expect(asked(opened.fake, 'account_add')).toHaveLength(2);
  });

  test('an own issuer is added first', async () => {
    const opened = await open();
    await press(opened, 'add-account');
    await press(opened, 'provider-any-issuer');
    await opened.user.type(at('provider-name'), 'Mill Login');
    await opened.user.type(at('provider-issuer'), 'https://login.mill.example');
    await press(opened, 'add-provider');
    expect(asked(opened.fake, 'provider_add')).toEqual([
      {
        ask: 'provider_add',
        id: 'mill-login',
        name: 'Mill Login',
        source: { from: 'issuer', issuer: 'https://login.mill.example', api: null },
      },
    ]);
    expect(at('sign-in').textContent).toContain('Mill Login');
  });
});

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

describe('activity', () => {
  test('is searched and loaded further', async () => {
    const opened = await open();
    await press(opened, 'nav-activity');
    expect(maybe('event-101')).toBeNull();
    await press(opened, 'load-more');
    expect(asked(opened.fake, 'activity_list').at(-1)).toMatchObject({ before: 50, limit: 60 });
    await opened.user.type(at('activity-filter'), 'DELETE');
    expect(screen.getAllByTestId(/^event-/)).toHaveLength(1);
  });
});

describe('the frame', () => {
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
