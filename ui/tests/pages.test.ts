import { screen, within } from '@testing-library/svelte';
import { describe, expect, test } from 'vitest';

import { failure } from '../src/backend/fake';
import { fakeAccounts, fakeActivity, fakeApps, fakeProviders } from '../src/backend/fake-data';
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

  test('are warned about before their sign-in runs out', async () => {
    const [first] = fakeAccounts();
    const health = { state: 'working' as const, reason: '', notice: 'The sign-in ends in three days.' };
    await open({ accounts: [{ ...first!, health }] });
    expect(at('account-acc-github').textContent).toContain('ends in three days');
    expect(at('reauth-acc-github')).toBeTruthy();
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
  test('is searched at the broker, with prefixes and a time', async () => {
    const opened = await open();
    await press(opened, 'nav-activity');
    await opened.user.type(at('activity-filter'), 'app:gh kind:gateway DELETE');
    await opened.user.selectOptions(at('activity-range'), 'week');
    await settle(500);
    expect(asked(opened.fake, 'activity_query').at(-1)).toMatchObject({
      before: null,
      filter: { app: 'gh', kind: 'gateway', text: 'DELETE', since: expect.any(Number) },
    });
    expect(screen.getAllByTestId(/^event-/)).toHaveLength(1);
  });

  test('is loaded further when its end comes into sight', async () => {
    const activity = Array.from({ length: 1_200 }, (_, n) => ({ ...fakeActivity()[0]!, id: 2_000 - n }));
    const opened = await open({ activity });
    await press(opened, 'nav-activity');
    const timeline = screen.getByRole('list', { name: 'Activity' });
    expect(within(timeline).getAllByRole('listitem').length).toBeLessThan(200);
    expect(asked(opened.fake, 'activity_query')).toHaveLength(1);
  });

  test('is grouped by program, account and event', async () => {
    const opened = await open();
    await press(opened, 'nav-activity');
    await opened.user.selectOptions(at('activity-order'), 'program');
    const timeline = screen.getByRole('list', { name: 'Activity' }).textContent ?? '';
    expect(timeline.indexOf('Keylodge itself')).toBeGreaterThan(timeline.indexOf('gh'));
    expect(screen.getAllByText('No account').length).toBeGreaterThan(0);
  });

  test('each chart is a table too', async () => {
    const opened = await open();
    await press(opened, 'nav-activity');
    const [days, programs] = screen.getAllByRole('table', { hidden: true });
    expect(days?.querySelectorAll('tbody tr')).toHaveLength(14);
    expect(programs?.textContent).toContain('sync-everything');
  });

  test('says why something failed, with the id, and leads to the rule', async () => {
    const opened = await open();
    await press(opened, 'nav-activity');
    await press(opened, 'open-event-192');
    expect(at('why').textContent).toContain('deleting one is a right of its own');
    expect(at('failure-id').textContent).toBe('f-0A93PX');
    await press(opened, 'make-rule');
    expect(at('consent-editor')).toBeTruthy();
    expect(at('nav-programs').getAttribute('aria-current')).toBe('page');
  });

  test('without a rule yet, it says how to make one', async () => {
    const opened = await open({ apps: [] });
    await press(opened, 'nav-activity');
    await press(opened, 'open-event-200');
    await press(opened, 'make-rule');
    expect(at('no-rule').textContent).toContain('It has no rule yet');
  });

  test('is written into a file that the person chose, as far as it was searched for', async () => {
    const opened = await open();
    opened.fake.chosenFile = '/home/mira/activity.csv';
    await press(opened, 'nav-activity');
    await opened.user.type(at('activity-filter'), "app:gh it's");
    await settle(200);
    await press(opened, 'export');
    expect((at('export-save') as HTMLButtonElement).disabled).toBe(true);
    await press(opened, 'export-file-choose');
    expect(at('export-command').textContent).toBe(
      "keylodge audit export --format csv --app gh --text 'it'\\''s' > activity.csv",
    );
    await press(opened, 'export-save');
    expect(asked(opened.fake, 'activity_export')).toEqual([
      {
        ask: 'activity_export',
        file: '/home/mira/activity.csv',
        format: 'csv',
        filter: { app: 'gh', text: "it's" },
      },
    ]);
    expect(at('toast').textContent).toContain('/home/mira/activity.csv');
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

describe('settings', () => {
  test('are searched, set, and put back', async () => {
    const opened = await open();
    await press(opened, 'nav-settings');
    await opened.user.type(at('settings-search'), 'screen');
    expect(screen.getAllByTestId(/^setting-/)).toHaveLength(1);
    await press(opened, 'set-lock.with_screen');
    expect(asked(opened.fake, 'settings_set')).toEqual([
      { ask: 'settings_set', key: 'lock.with_screen', value: 'off' },
    ]);
    await press(opened, 'reset-lock.with_screen');
    expect((at('set-lock.with_screen') as HTMLInputElement).checked).toBe(true);
    await press(opened, 'undo');
    expect((at('set-lock.with_screen') as HTMLInputElement).checked).toBe(false);
  });

  test('a switch that the broker refuses stays as it is, and says why', async () => {
    const opened = await open();
    await press(opened, 'nav-settings');
    opened.fake.failNext.set('settings_set', failure('denied', 'The policy of Mill IT forbids it.'));
    await press(opened, 'set-lock.on_sleep');
    expect((at('set-lock.on_sleep') as HTMLInputElement).checked).toBe(true);
    expect(at('failure').textContent).toContain('Mill IT');
  });

  test('a number that cannot be is not sent', async () => {
    const opened = await open();
    await press(opened, 'nav-settings');
    await opened.user.clear(at('set-prompt.seconds'));
    await opened.user.type(at('set-prompt.seconds'), '5');
    await opened.user.tab();
    expect(asked(opened.fake, 'settings_set')).toEqual([]);
    expect((at('set-prompt.seconds') as HTMLInputElement).value).toBe('120');
  });

  test('all are put back only after a question', async () => {
    const opened = await open({ theme: 'dark' });
    await press(opened, 'nav-settings');
    await press(opened, 'reset-all');
    expect(asked(opened.fake, 'settings_reset')).toEqual([]);
    await press(opened, 'confirm');
    expect(asked(opened.fake, 'settings_reset')).toEqual([{ ask: 'settings_reset', key: null }]);
  });

  test('the theme and the language take effect at once', async () => {
    const opened = await open();
    await press(opened, 'nav-settings');
    await opened.user.selectOptions(at('set-desktop.theme'), 'dark');
    await opened.user.selectOptions(at('set-desktop.language'), 'de');
    await settle(50);
    expect(document.documentElement.dataset.theme).toBe('dark');
    expect(document.documentElement.lang).toBe('de');
    expect(at('nav-settings').textContent).toContain('Einstellungen');
    await opened.user.selectOptions(at('set-desktop.language'), 'en');
    await settle(50);
    expect(at('nav-settings').textContent).toContain('Settings');
  });

  test('the policy is shown with who laid it down, and cannot be changed', async () => {
    const opened = await open();
    await press(opened, 'nav-settings');
    expect(at('policy').textContent).toMatch(
      /Mill IT.*policy\.toml.*No permission lasts longer than 30 days/s,
    );
    expect(at('policy').querySelector('input, button, select')).toBeNull();
    expect(at('setting-presence.release').textContent).toContain('Held by this computer’s policy');
  });
});

describe('passphrase, backup and start', () => {
  const has = { status: { has_passphrase: true } };

  test('a first passphrase is typed twice, sent once, and forgotten', async () => {
    const opened = await open({ status: { has_passphrase: false } });
    await press(opened, 'nav-settings');
    await press(opened, 'passphrase-open');
    expect(maybe('own-passphrase'), 'there is none to prove oneself by').toBeNull();
    await opened.user.type(at('passphrase'), 'blue herons over water');
    expect((at('passphrase-save') as HTMLButtonElement).disabled).toBe(true);
    await opened.user.type(at('passphrase-again'), 'blue herons over water');
    await press(opened, 'passphrase-save');
    expect(asked(opened.fake, 'passphrase_set')).toEqual([
      { ask: 'passphrase_set', new: 'blue herons over water' },
    ]);
    expect(maybe('passphrase')).toBeNull();
    expect(document.documentElement.outerHTML).not.toContain('herons');
    expect(at('passphrase-open').textContent).toContain('Change');
  });

  test('UI-04 another one takes the present one', async () => {
    const opened = await open(has);
    await press(opened, 'nav-settings');
    await press(opened, 'passphrase-open');
    await opened.user.type(at('passphrase'), 'blue herons over water');
    await opened.user.type(at('passphrase-again'), 'blue herons over water');
    expect((at('passphrase-save') as HTMLButtonElement).disabled).toBe(true);
    await opened.user.type(at('own-passphrase'), 'wrong horse');
    await press(opened, 'passphrase-save');
    expect(at('failure').textContent).toContain('not the passphrase');
    expect((at('own-passphrase') as HTMLInputElement).value).toBe('');
    await opened.user.type(at('own-passphrase'), 'correct horse');
    await press(opened, 'passphrase-save');
    expect(opened.fake.typed).toEqual(['wrong horse', 'correct horse']);
    expect(at('toast').textContent).toContain('passphrase is set');
  });

  test('UI-04 to loosen what asks for the passphrase takes the passphrase', async () => {
    const opened = await open(has);
    opened.fake.settings = opened.fake.settings.map((setting) =>
      setting.key === 'presence.high_risk' ? { ...setting, value: 'on', set: true } : setting,
    );
    await press(opened, 'nav-settings');
    await press(opened, 'set-presence.high_risk');
    expect((at('set-presence.high_risk') as HTMLInputElement).checked).toBe(true);
    await opened.user.type(at('own-passphrase'), 'correct horse');
    await press(opened, 'prove');
    expect((at('set-presence.high_risk') as HTMLInputElement).checked).toBe(false);
    expect(maybe('prove')).toBeNull();
  });

  test('LEK-08 a backup goes where the person chose, sealed by a passphrase of its own', async () => {
    const opened = await open(has);
    opened.fake.chosenFile = '/home/mira/keylodge.backup';
    await press(opened, 'nav-settings');
    await press(opened, 'backup-open');
    await press(opened, 'backup-file-choose');
    await opened.user.type(at('passphrase'), 'blue herons over water');
    await opened.user.type(at('passphrase-again'), 'blue herons over water');
    await opened.user.type(at('own-passphrase'), 'correct horse');
    for (const field of ['passphrase', 'passphrase-again', 'own-passphrase'])
      expect((at(field) as HTMLInputElement).type).toBe('password');
    await press(opened, 'backup-save');
    expect(asked(opened.fake, 'backup_create')).toEqual([
      {
        ask: 'backup_create',
        file: '/home/mira/keylodge.backup',
        backup_passphrase: 'blue herons over water',
      },
    ]);
    expect(at('toast').textContent).toContain('/home/mira/keylodge.backup');
  });

  test('a refused backup keeps what was typed, but for the proof', async () => {
    const opened = await open({ status: { has_passphrase: false } });
    await press(opened, 'nav-settings');
    await press(opened, 'backup-open');
    await opened.user.type(at('backup-file'), 'relative');
    await opened.user.type(at('passphrase'), 'blue herons over water');
    await opened.user.type(at('passphrase-again'), 'blue herons over water');
    opened.fake.failNext.set('backup_create', failure('invalid_request', 'Write the path in full.'));
    await press(opened, 'backup-save');
    expect(at('failure').textContent).toContain('in full');
    expect((at('backup-file') as HTMLInputElement).value).toBe('relative');
  });

  test('restoring says first what goes', async () => {
    const opened = await open(has);
    await press(opened, 'nav-settings');
    await press(opened, 'restore-open');
    expect(screen.getByRole('alertdialog').textContent).toContain('What is here now goes');
    await opened.user.type(at('restore-file'), '/home/mira/keylodge.backup');
    await opened.user.type(at('restore-passphrase'), 'blue herons over water');
    await opened.user.type(at('own-passphrase'), 'correct horse');
    await press(opened, 'restore-do');
    expect(asked(opened.fake, 'backup_restore')).toEqual([
      {
        ask: 'backup_restore',
        file: '/home/mira/keylodge.backup',
        backup_passphrase: 'blue herons over water',
      },
    ]);
  });

  test('the start with the session shows what is, and by which file', async () => {
    const opened = await open();
    await press(opened, 'nav-settings');
    await press(opened, 'autostart');
    expect(asked(opened.fake, 'autostart_set')).toEqual([{ ask: 'autostart_set', on: true }]);
    expect((at('autostart') as HTMLInputElement).checked).toBe(true);
    expect(at('line-autostart').textContent).toContain('/home/mira/.config/autostart/keylodge.desktop');
    opened.fake.failNext.set('autostart_set', failure('internal', 'The disk is full.'));
    await press(opened, 'autostart');
    expect((at('autostart') as HTMLInputElement).checked).toBe(true);
    expect(at('failure').textContent).toContain('The disk is full.');
  });

  test('they are found by the search', async () => {
    const opened = await open();
    await press(opened, 'nav-settings');
    await opened.user.type(at('settings-search'), 'restore');
    await settle();
    expect(at('line-restore')).toBeTruthy();
    expect(maybe('line-autostart')).toBeNull();
  });
});

describe('diagnostics', () => {
  test('say first what is wrong, and what to do', async () => {
    const opened = await open();
    await press(opened, 'nav-diagnostics');
    expect(at('health').textContent).toContain('1 thing needs a look');
    const [first] = document.querySelectorAll('[data-fine]');
    expect(first?.textContent).toContain('chmod 700');
  });
});

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
