import { screen } from '@testing-library/svelte';
import { describe, expect, test } from 'vitest';

import { failure } from '../src/backend/fake';
import { fakeAccounts, fakeProviders } from '../src/backend/fake-data';
import { asked, at, maybe, open, press, settle } from './window';

describe('accounts', () => {
  test('say what is wrong and mend it with one button', async () => {
    const opened = await open();
    expect(at('account-acc-google-home').textContent).toContain('The password at Google was changed');
    await press(opened, 'reauth-acc-google-home');
    await settle(10);
    await press(opened, 'sign-in-done');
    expect(asked(opened.fake, 'account_reauth')).toHaveLength(1);
    expect(at('account-acc-google-home').dataset.health).toBe('working');
  });

  test('are warned about before their sign-in runs out', async () => {
    const [first] = fakeAccounts();
    const health = {
      state: 'working' as const,
      reason: '',
      notice: 'The sign-in ends in three days.',
      mend: 'sign_in_again' as const,
    };
    await open({ accounts: [{ ...first!, health }] });
    expect(at('account-acc-github').textContent).toContain('ends in three days');
    expect(at('reauth-acc-github')).toBeTruthy();
  });

  test('whose client secret ends are mended by a new one, and by no sign-in', async () => {
    const [first] = fakeAccounts();
    const health = {
      state: 'working' as const,
      reason: '',
      notice: 'Your client secret at GitHub ends in 3 days.',
      mend: 'enter_secret' as const,
    };
    const opened = await open({ accounts: [{ ...first!, health }] });
    expect(maybe('reauth-acc-github')).toBeNull();
    await press(opened, 'enter-secret-acc-github');
    await opened.user.type(at('new-secret'), 'no');
    await press(opened, 'secret-do');
    expect(at('failure').textContent).toContain('does not take this secret');
    await opened.user.clear(at('new-secret'));
    await opened.user.type(at('new-secret'), 'a good one');
    await press(opened, 'secret-do');
    expect(asked(opened.fake, 'client_secret').at(-1)).toEqual({
      ask: 'client_secret',
      provider: 'github',
      client_secret: 'a good one',
      secret_ends: null,
    });
    expect(maybe('new-secret')).toBeNull();
    expect(maybe('enter-secret-acc-github')).toBeNull();
  });

  test('are removed only after saying which programs stop, and then say what happened at the provider', async () => {
    const opened = await open();
    await press(opened, 'account-toggle-acc-github');
    await press(opened, 'remove-account-acc-github');
    expect(at('stops').textContent).toContain('gh and release-notes');
    expect(asked(opened.fake, 'account_remove')).toEqual([]);
    await press(opened, 'confirm');
    expect(maybe('account-acc-github')).toBeNull();
    expect(at('removed').textContent).toContain('The sign-in was revoked at GitHub, too.');
  });

  test('show each second sign-in, and end one after saying which programs go without', async () => {
    const opened = await open();
    await press(opened, 'account-toggle-acc-github');
    expect(at('sign-in-grant-2').textContent).toMatch(/Download packages.*used by release-notes/s);
    expect(at('account-acc-github').textContent).toContain('Signed in ');
    expect(at('narrowing-acc-github').textContent).toMatch(/second sign-in.*seen to work.*gateway lets/s);
    await press(opened, 'end-grant-2');
    expect(at('stops').textContent).toMatch(/1 program no longer gets a token of GitHub.*release-notes/);
    expect(asked(opened.fake, 'account_end_separate')).toEqual([]);
    await press(opened, 'confirm');
    expect(asked(opened.fake, 'account_end_separate')).toEqual([
      { ask: 'account_end_separate', account: 'acc-github', sign_in: 'grant-2' },
    ]);
    expect(maybe('sign-in-grant-2')).toBeNull();
    expect(at('removed').textContent).toContain('revoked at GitHub, too');
  });

  test('are signed in a second time for a part of what they have, and never for all of it', async () => {
    const opened = await open();
    await press(opened, 'account-toggle-acc-github');
    await press(opened, 'separate-acc-github');
    const begin = () => at('begin-separate') as HTMLButtonElement;
    expect(begin().disabled).toBe(true);
    for (const part of ['read:user', 'read:packages', 'repo']) await press(opened, `part-${part}`);
    expect(begin().disabled).toBe(true);
    await press(opened, 'part-repo');
    await press(opened, 'part-read:packages');
    await press(opened, 'begin-separate');
    expect(asked(opened.fake, 'account_reauth')).toEqual([
      { ask: 'account_reauth', account: 'acc-github', scopes: ['read:user'], separate: true },
    ]);
    await press(opened, 'sign-in-done');
    expect(opened.fake.accounts[0]!.sign_ins).toHaveLength(3);
  });

  test('that can be signed in for nothing less offer no second sign-in', async () => {
    const opened = await open();
    await press(opened, 'account-toggle-acc-google-work');
    expect(maybe('separate-acc-google-work')).toBeNull();
    expect(at('narrowing-acc-google-work').textContent).toMatch(/as much as ever.*not tried yet/s);
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

  test('on another device: shows a large code, the address, and a picture of it for a camera', async () => {
    const opened = await open({ signIn: 'waits' });
    await press(opened, 'add-account');
    await press(opened, 'provider-house');
    await press(opened, 'sign-in-device');
    expect(asked(opened.fake, 'account_add')[0]?.by).toEqual({ by: 'device' });
    expect(at('user-code').textContent).toBe('WDJB-MJHT');
    expect(at('verification-uri').textContent).toBe('https://login.house.example/device');
    const picture = screen.getByRole('img', { name: /camera/ });
    expect(picture.querySelector('path')?.getAttribute('d')?.length).toBeGreaterThan(1_000);
  });

  test('a provider that shows a code: it is pasted here, and a wrong one can be mended', async () => {
    const opened = await open();
    opened.fake.providers = opened.fake.providers.map((known) =>
      known.id === 'github' ? { ...known, comes_back: 'shown' } : known,
    );
    await press(opened, 'add-account');
    await press(opened, 'provider-github');
    await press(opened, 'sign-in');
    expect((at('paste') as HTMLButtonElement).disabled).toBe(true);
    expect(maybe('browser-elsewhere')).toBeNull();
    await opened.user.type(at('pasted'), 'another code');
    await press(opened, 'paste');
    expect(at('failure').textContent).toContain('another sign-in');
    expect((at('pasted') as HTMLInputElement).value).toBe('');
    await opened.user.type(at('pasted'), 'good-code');
    await press(opened, 'paste');
    expect(asked(opened.fake, 'sign_in_paste').map(({ pasted }) => pasted)).toEqual([
      'another code',
      'good-code',
    ]);
    expect(at('sign-in-done')).toBeTruthy();
    expect(document.documentElement.outerHTML).not.toContain('good-code');
  });

  test('a provider that leads elsewhere: the address of the page is pasted', async () => {
    const opened = await open();
    opened.fake.providers = opened.fake.providers.map((known) =>
      known.id === 'github' ? { ...known, comes_back: 'pasted' } : known,
    );
    await press(opened, 'add-account');
    await press(opened, 'provider-github');
    await press(opened, 'sign-in');
    expect(screen.getByText(/Copy its whole address/)).toBeTruthy();
    await opened.user.type(at('pasted'), 'https://own.example/back?code=good');
    await press(opened, 'paste');
    expect(at('sign-in-done')).toBeTruthy();
  });

  test('a browser on another computer: its address can be pasted instead', async () => {
    const opened = await open({ signIn: 'waits' });
    await press(opened, 'add-account');
    await press(opened, 'provider-github');
    await press(opened, 'sign-in');
    expect(maybe('pasted')).toBeNull();
    await press(opened, 'browser-elsewhere');
    await opened.user.type(at('pasted'), 'http://127.0.0.1:5395/callback?code=good');
    await press(opened, 'paste');
    expect(at('sign-in-done')).toBeTruthy();
  });

  test('a sign-in that failed says why and can be tried again', async () => {
    const opened = await open({ signIn: 'fails' });
    await press(opened, 'add-account');
    await press(opened, 'provider-github');
    await press(opened, 'sign-in');
    expect(at('failure').textContent).toContain('needs a client id of your own');
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

  test('a form of the list asks for what only the person knows', async () => {
    const opened = await open();
    await press(opened, 'add-account');
    await press(opened, 'provider-keycloak');
    await opened.user.type(at('provider-name'), 'Mill Login');
    expect(at('add-provider')).toHaveProperty('disabled', true);
    await opened.user.type(at('provider-input-host'), 'sso.mill.example');
    await press(opened, 'add-provider');
    expect(asked(opened.fake, 'provider_add')).toEqual([
      {
        ask: 'provider_add',
        id: 'mill-login',
        name: 'Mill Login',
        source: { from: 'form', form: 'keycloak', inputs: { host: 'sso.mill.example' } },
      },
    ]);
  });

  test('a provider of the list that is also a form can be added once more, at another host', async () => {
    const opened = await open();
    await press(opened, 'add-account');
    await press(opened, 'provider-github');
    expect(maybe('another')).toBeNull();
    await press(opened, 'back');
    await press(opened, 'provider-gitlab');
    await press(opened, 'another');
    await opened.user.type(at('provider-name'), 'Our GitLab');
    await opened.user.type(at('provider-input-host'), 'git.mill.example');
    await press(opened, 'add-provider');
    expect(asked(opened.fake, 'provider_add')[0]).toMatchObject({
      id: 'our-gitlab',
      source: { from: 'form', form: 'gitlab', inputs: { host: 'git.mill.example' } },
    });
  });

  test('what a file proposes shows every host before one signs in, and says yes to what was shown', async () => {
    const opened = await open();
    await press(opened, 'add-account');
    expect(at('provider-mill').textContent).toContain('mill.toml');
    await press(opened, 'provider-mill');
    for (const host of ['login.mill.example', 'tokens.mill.example', 'api.mill.example'])
      expect(at('offer').textContent).toContain(host);
    expect(maybe('accept-offer')).toBeNull();
    await press(opened, 'sign-in');
    expect(asked(opened.fake, 'account_add')[0]?.offered).toBe('what-stands-in-mill.toml');
  });

  test('a file that has changed is accepted by itself, and signing in goes on as before', async () => {
    const house = fakeProviders().find((one) => one.id === 'house')!;
    const offer = {
      file: 'house.toml',
      shown: 'the-change',
      changed: true,
      sign_in: ['login.other.example'],
      secrets: ['login.other.example'],
      api: [],
      new: ['login.other.example'],
      ends_sign_ins: true,
    };
    const opened = await open({ providers: [{ ...house, offer }] });
    await press(opened, 'add-account');
    await press(opened, 'provider-house');
    expect(at('offer').textContent).toMatch(/login\.other\.example\s*\(new\)/);
    await press(opened, 'sign-in');
    expect(asked(opened.fake, 'account_add')[0]).not.toHaveProperty('offered');
    await press(opened, 'back');
    await press(opened, 'accept-offer');
    expect(asked(opened.fake, 'provider_add')[0]?.source).toEqual({ from: 'offered', shown: 'the-change' });
    expect(maybe('offer')).toBeNull();
  });
});
