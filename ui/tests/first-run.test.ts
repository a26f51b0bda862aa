import { describe, expect, test } from 'vitest';

import { failure, type FakeOptions } from '../src/backend/fake';
import { strength } from '../src/views/strength';
import { asked, at, maybe, open, press, settle } from './window';

const nothing: FakeOptions = {
  status: { vault: 'absent', demo: false },
  accounts: [],
  apps: [],
  activity: [],
  prompts: [],
};

describe('the first run', () => {
  test('locks with the keyring where there is one', async () => {
    const opened = await open(nothing);
    await press(opened, 'setup-continue');
    expect(asked(opened.fake, 'setup')).toEqual([{ ask: 'setup', lock: { by: 'keyring' } }]);
    expect(at('try-demo')).toBeTruthy();
  });

  test('says why the keyring cannot be used, and takes a passphrase', async () => {
    const opened = await open({
      ...nothing,
      status: { ...nothing.status, keyring: { is: 'unavailable', why: 'No keyring runs.' } },
    });
    expect(at('setup-keyring').textContent).toContain('No keyring runs.');
    expect(at('setup-keyring').querySelector('input')?.disabled).toBe(true);
    const go = at('setup-continue') as HTMLButtonElement;
    await opened.user.type(at('passphrase'), 'sevenis');
    await opened.user.type(at('passphrase-again'), 'sevenis');
    expect(go.disabled).toBe(true);
    await opened.user.type(at('passphrase'), '8');
    expect(go.disabled).toBe(true);
    expect(at('strength').textContent).toContain('not the same');
    await opened.user.type(at('passphrase-again'), '8');
    await press(opened, 'setup-continue');
    expect(asked(opened.fake, 'setup')).toEqual([
      { ask: 'setup', lock: { by: 'passphrase', passphrase: 'sevenis8' } },
    ]);
  });

  test('a new machine can bring everything from a backup', async () => {
    const opened = await open(nothing);
    await press(opened, 'setup-continue');
    await press(opened, 'first-restore');
    expect(maybe('own-passphrase'), 'nothing is here that could be lost').toBeNull();
    await opened.user.type(at('restore-file'), '/media/stick/keylodge.backup');
    await opened.user.type(at('restore-passphrase'), 'blue herons over water');
    await press(opened, 'restore-do');
    expect(asked(opened.fake, 'backup_restore')).toHaveLength(1);
    expect(at('nav-accounts')).toBeTruthy();
  });

  test('a refusal stays on the page', async () => {
    const opened = await open(nothing);
    opened.fake.failNext.set('setup', failure('internal', 'The disk is full.'));
    await press(opened, 'setup-continue');
    expect(at('failure').textContent).toContain('The disk is full.');
    expect(at('setup-continue')).toBeTruthy();
  });

  test('shows the demo from the sign-in to the last step', async () => {
    const opened = await open(nothing);
    await press(opened, 'setup-continue');
    await press(opened, 'try-demo');
    await settle(10);
    expect(maybe('demo-continue'), 'the sign-in has a button of its own').toBeNull();
    await press(opened, 'sign-in-done');
    await press(opened, 'demo-program');
    await settle(10);
    expect(at('demo-step-7').textContent).toContain('The resource is delivered');
    expect(at('demo-step-8').dataset.tone).toBe('refused');
    expect(at('demo-finished')).toBeTruthy();
    await press(opened, 'demo-continue');
    expect(at('connect-url').textContent).toBe('http://127.0.0.1:5395');
  });

  test('steps can be skipped', async () => {
    const opened = await open(nothing);
    await press(opened, 'setup-continue');
    await press(opened, 'skip');
    expect(at('connect-curl').textContent).toContain('keylodge token ACCOUNT --format header');
    await press(opened, 'finish');
    expect(at('nav-accounts')).toBeTruthy();
    expect(maybe('finish')).toBeNull();
  });
});

describe('the hint at a passphrase’s strength', () => {
  test.each([
    ['short', 0],
    ['aaaaaaaaaaaaaaaa', 1],
    ['12345678', 1],
    ['correct horse battery staple', 4],
  ])('%s', (passphrase, level) => expect(strength(passphrase)).toBe(level));
});

describe('the lock screen', () => {
  test('sends the passphrase, says when it is wrong, and forgets it', async () => {
    const opened = await open({ status: { vault: 'locked_by_passphrase' } });
    await opened.user.type(at('passphrase'), 'wrong');
    await press(opened, 'unlock-submit');
    expect(at('failure').textContent).toContain('not the passphrase');
    expect((at('passphrase') as HTMLInputElement).value).toBe('');
    await opened.user.type(at('passphrase'), 'correct horse');
    await press(opened, 'unlock-submit');
    expect(at('nav-accounts')).toBeTruthy();
  });

  test('opens with the keyring without a passphrase', async () => {
    const opened = await open({ status: { vault: 'locked_by_keyring' } });
    expect(maybe('passphrase')).toBeNull();
    await press(opened, 'unlock-submit');
    expect(asked(opened.fake, 'unlock')).toEqual([{ ask: 'unlock', passphrase: null }]);
  });
});
