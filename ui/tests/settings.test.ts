import { screen } from '@testing-library/svelte';
import { describe, expect, test } from 'vitest';

import { failure } from '../src/backend/fake';
import { languageOf, speak } from '../src/i18n';
import { asked, at, maybe, open, press, settle } from './window';

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

  test('the lock screen speaks the language that the broker names', async () => {
    await open({ language: 'de', status: { vault: 'locked_by_passphrase' } });
    expect(at('unlock').textContent).toContain('Keylodge ist gesperrt');
    speak(languageOf('en'));
  });

  test('the policy is shown with who laid it down, and cannot be changed', async () => {
    const opened = await open();
    await press(opened, 'nav-settings');
    expect(at('policy').textContent).toMatch(
      /Mill IT.*policy\.toml.*No consent lasts longer than 43200 minutes/s,
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
