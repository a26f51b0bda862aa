import { fireEvent } from '@testing-library/svelte';
import { describe, expect, test } from 'vitest';

import { STILL_MILLISECONDS } from '../src/backend/backend';
import type { PromptView } from '../src/backend/control';
import { failure } from '../src/backend/fake';
import { accessPrompt, evidence, fakePrompts, github } from '../src/backend/fake-data';
import { dayIn, now } from '../src/i18n/format';
import { furthest, until } from '../src/views/until';
import { asked, at, maybe, open, press, settle } from './window';

const prompt = (prompts: PromptView[] = [accessPrompt('p-1')]) => open({ window: 'prompt', prompts });
const allow = () => at('prompt-allow') as HTMLButtonElement;

describe('the prompt', () => {
  test('is an alert dialog that says who asks, for what, for how long', async () => {
    await prompt();
    expect(at('prompt').getAttribute('role')).toBe('alertdialog');
    expect(at('prompt-app').textContent).toBe('gh');
    expect(at('prompt').textContent).toContain('name it gave itself');
    expect(maybe('prompt-nameless')).toBeNull();
    expect(at('prompt').textContent).toContain('/usr/bin/gh');
    expect(at('prompt-delivery').textContent).toContain('Through the gateway');
    expect((at('prompt-duration') as HTMLSelectElement).selectedOptions[0]?.textContent).toBe('For 1 hour');
  });

  test('a program that did not register is named after its file', async () => {
    await prompt([accessPrompt('p-1', { registered: false })]);
    expect(at('prompt').textContent).toContain('named after its file');
    expect(at('prompt').textContent).not.toContain('name it gave itself');
  });

  test('why a yes holds one time only is said where nothing else can be chosen', async () => {
    await prompt([
      accessPrompt('p-1', { app_name: 'timeout', nameless: true, durations: [{ for: 'once' }] }),
    ]);
    expect(at('prompt-nameless').textContent).toContain('What runs behind timeout cannot be told');
  });

  test('UI-02 focus is on Deny and Allow is off at first', async () => {
    await prompt();
    expect(document.activeElement).toBe(at('prompt-deny'));
    expect(allow().disabled).toBe(true);
    await settle(STILL_MILLISECONDS - 1);
    expect(allow().disabled).toBe(true);
    await settle(1);
    expect(allow().disabled).toBe(false);
  });

  test('UI-02 early click on Allow does nothing', async () => {
    const { fake } = await prompt();
    await fireEvent.click(allow());
    await settle(STILL_MILLISECONDS * 2);
    expect(asked(fake, 'request_decide')).toEqual([]);
  });

  test('UI-02 a press that began while Allow was off does not count', async () => {
    const { fake } = await prompt();
    await fireEvent.pointerDown(allow());
    await settle(STILL_MILLISECONDS);
    await fireEvent.click(allow(), { detail: 1 });
    expect(asked(fake, 'request_decide')).toEqual([]);
  });

  test.each(['move', 'resize', 'focus'])('UI-02 after a %s Allow has to wait again', async (what) => {
    const { fake } = await prompt();
    await settle(STILL_MILLISECONDS);
    allow().focus();
    if (what === 'move') fake.move();
    else window.dispatchEvent(new Event(what));
    await settle();
    expect(allow().disabled).toBe(true);
    expect(document.activeElement).toBe(at('prompt-deny'));
    await settle(STILL_MILLISECONDS);
    expect(allow().disabled).toBe(false);
  });

  test('UI-02 when the window is uncovered under the pointer Allow has to wait again', async () => {
    const { fake } = await prompt();
    await settle(STILL_MILLISECONDS);
    document.documentElement.dispatchEvent(new MouseEvent('mouseenter'));
    await settle();
    expect(allow().disabled).toBe(true);
    await fireEvent.click(allow());
    await settle(STILL_MILLISECONDS);
    expect(allow().disabled).toBe(false);
    expect(asked(fake, 'request_decide')).toEqual([]);
  });

  test.each(['{Enter}', ' '])(
    'UI-02 the key “%s” on Allow allows nothing, and says what does',
    async (key) => {
      const opened = await prompt();
      await settle(STILL_MILLISECONDS);
      allow().focus();
      await opened.user.keyboard(key);
      expect(asked(opened.fake, 'request_decide')).toEqual([]);
      expect(at('prompt-hint').textContent).toContain('Alt+A');
    },
  );

  test('UI-02 a chord that nobody types by accident allows, once the prompt has stood still', async () => {
    const opened = await prompt();
    await opened.user.keyboard('{Alt>}a{/Alt}');
    expect(asked(opened.fake, 'request_decide')).toEqual([]);
    await settle(STILL_MILLISECONDS);
    await opened.user.keyboard('{Alt>}a{/Alt}');
    expect(asked(opened.fake, 'request_decide')).toHaveLength(1);
  });

  test('Escape denies', async () => {
    const opened = await prompt();
    await opened.user.keyboard('{Escape}');
    expect(asked(opened.fake, 'request_decide')[0]?.choice).toEqual({ choice: 'deny', remember: false });
  });

  test('UI-03 shows the words that only the real window knows', async () => {
    await open({ window: 'prompt', prompts: [accessPrompt('p-1')], phrase: 'seven blue herons' });
    expect(at('prompt-phrase').textContent).toContain('seven blue herons');
  });

  test('UI-04 what reaches far takes the passphrase, which is sent once and forgotten', async () => {
    const opened = await prompt([
      accessPrompt('p-1', { passphrase: { release: false, high_risk: true, always: false } }),
      accessPrompt('p-2', { passphrase: { release: false, high_risk: true, always: false } }),
    ]);
    await settle(STILL_MILLISECONDS);
    expect(allow().disabled).toBe(true);
    await opened.user.type(at('prompt-passphrase'), 'correct horse');
    await press(opened, 'prompt-allow');
    expect(opened.fake.typed).toEqual(['correct horse']);
    expect((at('prompt-passphrase') as HTMLInputElement).value).toBe('');
    await press(opened, 'prompt-scope-repo');
    expect(maybe('prompt-passphrase'), 'nothing of high risk is left').toBeNull();
  });

  test('UI-05 a name that looks like another program’s is marked', async () => {
    await prompt([accessPrompt('p-1', { app_name: 'gіthub', looks_like: ['github'] })]);
    expect(at('prompt-warnings').textContent).toContain('looks like “github”');
  });

  test('can be put off, and comes back when the person wants it', async () => {
    const opened = await prompt([accessPrompt('p-1'), accessPrompt('p-2')]);
    await press(opened, 'prompt-later');
    expect(asked(opened.fake, 'request_later')).toEqual([{ ask: 'request_later', request: 'p-1' }]);
    expect(at('prompt').dataset.prompt).toBe('p-2');
    await press(opened, 'prompt-later');
    expect(maybe('prompt')).toBeNull();
    await press(opened, 'prompt-again');
    expect(at('prompt').dataset.prompt).toBe('p-1');
    expect(allow().disabled).toBe(true);
  });

  test('a limit on what is asked for cannot be unticked', async () => {
    const { body } = accessPrompt('p-1');
    const first = body.asks === 'access' ? body.scopes[0] : undefined;
    if (!first) throw new Error('no question of access');
    const limit = { ...first.scope, scope: 'only:repository/docs', words: 'Only in repository/docs' };
    const opened = await prompt([accessPrompt('p-1', { scopes: [first, { scope: limit, new: true }] })]);
    const box = at('prompt-scope-only:repository/docs') as HTMLInputElement;
    expect([box.checked, box.disabled]).toEqual([true, true]);
    await settle(STILL_MILLISECONDS);
    await press(opened, 'prompt-allow');
    const scopes = [first.scope.scope, 'only:repository/docs'];
    expect(asked(opened.fake, 'request_decide')[0]?.choice).toMatchObject({ scopes });
  });

  test('can be held to this directory', async () => {
    const opened = await prompt([
      accessPrompt('p-1', {
        conditions: { session: null, directory: '/home/mira/src', host: null, forwarded: false },
      }),
    ]);
    await settle(STILL_MILLISECONDS);
    expect(maybe('prompt-only-host')).toBeNull();
    await press(opened, 'prompt-only-directory');
    await press(opened, 'prompt-allow');
    expect(asked(opened.fake, 'request_decide')[0]?.choice).toMatchObject({ only: ['directory'] });
  });

  test('says whether the program is known', async () => {
    await prompt();
    expect(at('prompt-known').textContent).toBe('First time it asks');
  });

  test('on the first time nothing is marked as new, for everything is', async () => {
    await prompt([accessPrompt('p-1', { scopes: [{ scope: github.repo, new: true }] })]);
    expect(at('prompt-scope-repo').closest('label')?.textContent).not.toContain('New');
  });

  test('UI-02 the next prompt begins the wait anew', async () => {
    const opened = await prompt([accessPrompt('p-1'), accessPrompt('p-2')]);
    await settle(STILL_MILLISECONDS);
    await press(opened, 'prompt-allow');
    expect(at('prompt').dataset.prompt).toBe('p-2');
    expect(allow().disabled).toBe(true);
    expect(document.activeElement).toBe(at('prompt-deny'));
  });

  test('UI-02 a key held down on Allow decides nothing', async () => {
    const { fake } = await prompt();
    await settle(STILL_MILLISECONDS);
    allow().focus();
    for (const key of ['Enter', ' '])
      expect(await fireEvent.keyDown(allow(), { key, repeat: true })).toBe(false);
    expect(asked(fake, 'request_decide')).toEqual([]);
  });

  test('UI-08 the decision carries the hash of what was shown and only what is ticked', async () => {
    const opened = await prompt();
    await settle(STILL_MILLISECONDS);
    await press(opened, 'prompt-scope-repo');
    expect(allow().textContent).toBe('Allow 2 of 3');
    await press(opened, 'prompt-allow');
    expect(asked(opened.fake, 'request_decide')).toEqual([
      {
        ask: 'request_decide',
        request: 'p-1',
        shown: 'hash-of-p-1',
        choice: {
          choice: 'allow',
          account: 'acc-github',
          scopes: ['read:user', 'read:packages'],
          delivery: 'gateway',
          duration: { for: 'seconds', seconds: 3600 },
        },
      },
    ]);
  });

  test('AS-31 OAU-11 a device sign-in cannot be allowed before its code is typed', async () => {
    const opened = await prompt([accessPrompt('p-1', { types_code: true })]);
    await settle(STILL_MILLISECONDS);
    const code = at('prompt-code') as HTMLInputElement;
    expect(code.value).toBe('');
    expect(document.activeElement).toBe(at('prompt-deny'));
    expect(at('prompt-code-lead').textContent).toContain('If somebody sent you the code, deny');
    expect(allow().disabled).toBe(true);
    await opened.user.type(code, 'wdjb-mjh');
    expect(allow().disabled).toBe(true);
    await opened.user.type(code, 't{Enter}');
    expect(asked(opened.fake, 'request_decide')).toEqual([]);
    expect(allow().disabled).toBe(false);
    await press(opened, 'prompt-allow');
    expect(asked(opened.fake, 'request_decide')[0]?.choice).toMatchObject({ user_code: 'wdjb-mjht' });
  });

  test('only a device sign-in asks for a code', async () => {
    await prompt();
    expect(maybe('prompt-code')).toBeNull();
  });

  test('what went wrong with one question is not said of the next', async () => {
    const opened = await prompt([accessPrompt('p-1', { types_code: true }), accessPrompt('p-2')]);
    await settle(STILL_MILLISECONDS);
    opened.fake.failNext.set('request_decide', failure('invalid_request', 'That was the last wrong code.'));
    await opened.user.type(at('prompt-code'), 'BCDFGHJK');
    await press(opened, 'prompt-allow');
    expect(at('prompt').textContent).toContain('That was the last wrong code.');
    opened.fake.prompts = opened.fake.prompts.filter((prompt) => prompt.id !== 'p-1');
    opened.fake.emit({ event: 'prompts', waiting: 1 });
    await settle();
    expect(at('prompt').dataset.prompt).toBe('p-2');
    expect(at('prompt').textContent).not.toContain('last wrong code');
  });

  test('with no scope ticked it cannot be allowed', async () => {
    const opened = await prompt();
    await settle(STILL_MILLISECONDS);
    for (const scope of ['read:user', 'repo', 'read:packages']) await press(opened, `prompt-scope-${scope}`);
    expect(allow().disabled).toBe(true);
  });

  test('carries the other account and duration that were chosen', async () => {
    const opened = await prompt([fakePrompts()[0]!]);
    await opened.user.selectOptions(at('prompt-account'), 'acc-google-work');
    await opened.user.selectOptions(at('prompt-duration'), 'This one time');
    await settle(STILL_MILLISECONDS);
    await press(opened, 'prompt-allow');
    expect(asked(opened.fake, 'request_decide')[0]?.choice).toMatchObject({
      account: 'acc-google-work',
      duration: { for: 'once' },
    });
  });

  test('“until a day” lasts to the end of that day', async () => {
    const opened = await prompt([accessPrompt('p-1', { durations: [{ for: 'once' }, { for: 'always' }] })]);
    await opened.user.selectOptions(at('prompt-duration'), 'Until a date…');
    await settle(STILL_MILLISECONDS);
    expect(allow().disabled).toBe(true);
    await opened.user.type(at('prompt-duration-date'), dayIn(now() + 3 * 86_400));
    await press(opened, 'prompt-allow');
    const [asking] = asked(opened.fake, 'request_decide');
    const duration = asking?.choice.choice === 'allow' ? asking.choice.duration : undefined;
    const seconds = duration?.for === 'seconds' ? duration.seconds : 0;
    expect(seconds).toBeGreaterThan(3 * 86_400 - 3_600);
    expect(new Date((now() + seconds) * 1000).getHours()).toBe(0);
  });

  test('a day is offered only where something as long is, and no further', async () => {
    expect(furthest([{ for: 'once' }, { for: 'seconds', seconds: 3_600 }, { for: 'until_lock' }])).toBe(0);
    const week = furthest([{ for: 'seconds', seconds: 7 * 86_400 }]);
    expect(until(dayIn(now() + 3 * 86_400), week, now())?.for).toBe('seconds');
    for (const wrong of [dayIn(now() + 30 * 86_400), dayIn(now() - 86_400), '', '2026-1', 'soon'])
      expect(until(wrong, week, now()), wrong).toBeUndefined();
  });

  test('UI-01 many questions are refused with one click, and none for good', async () => {
    const opened = await prompt([accessPrompt('p-1'), accessPrompt('p-2'), accessPrompt('p-3')]);
    expect(at('prompt-deny-all').textContent).toContain('3');
    await press(opened, 'prompt-deny-all');
    expect(asked(opened.fake, 'request_decide').map(({ request, choice }) => [request, choice])).toEqual(
      ['p-1', 'p-2', 'p-3'].map((id) => [id, { choice: 'deny', remember: false }]),
    );
    expect(maybe('prompt')).toBeNull();
  });

  test('“always” is never preset', async () => {
    await prompt([accessPrompt('p-1', { durations: [{ for: 'always' }] })]);
    await settle(STILL_MILLISECONDS);
    expect(allow().disabled).toBe(true);
  });

  test('Deny needs no wait, and can be for good', async () => {
    const opened = await prompt([accessPrompt('p-1'), accessPrompt('p-2')]);
    await press(opened, 'prompt-deny');
    await press(opened, 'prompt-deny-always');
    expect(asked(opened.fake, 'request_decide').map(({ choice }) => choice)).toEqual([
      { choice: 'deny', remember: false },
      { choice: 'deny', remember: true },
    ]);
    expect(maybe('prompt')).toBeNull();
  });

  test('UI-08 a prompt that changed meanwhile is shown anew and not allowed', async () => {
    const opened = await prompt();
    await settle(STILL_MILLISECONDS);
    const changed = accessPrompt('p-1', { scopes: [{ scope: github.workflow, new: true }] });
    opened.fake.prompts = [{ ...changed, shown: 'another-hash' }];
    await press(opened, 'prompt-allow');
    expect(at('prompt-scope-workflow')).toBeTruthy();
    expect(at('prompt').textContent).toContain('changed while you looked');
    expect(allow().disabled).toBe(true);
  });

  test('time that is up ends in no', async () => {
    await prompt();
    expect(at('prompt-countdown').textContent).toContain('denied in 2:00');
    await settle(121_000);
    expect(at('prompt-countdown').textContent).toContain('denied');
    expect(allow().disabled).toBe(true);
  });

  test('UI-06 UI-07 hostile names are text, without tricks, and short', async () => {
    await prompt([
      accessPrompt('p-1', {
        app_name: `\u202Egpj\u200B.exe<img src=x onerror=alert(1)>\n${'A'.repeat(10_000)}`,
        purpose: '<script>alert(1)</script>',
        evidence: evidence({ file: `/home/${'x'.repeat(5_000)}/evil`, warning: '\u001b[31mred' }),
      }),
    ]);
    const text = at('prompt').textContent ?? '';
    expect(text).not.toMatch(/[\u202e\u200b\u001b\n]AAA|[\u202e\u200b\u001b]/u);
    expect(text).toContain('<script>alert(1)</script>');
    expect(at('prompt').querySelector('img, script')).toBeNull();
    expect(at('prompt-app').textContent?.length).toBeLessThanOrEqual(80);
    expect(text.length).toBeLessThan(3_000);
    expect(text).toContain('/evil');
  });

  test('UI-09 unknown scopes are raw and marked; what is new stands out', async () => {
    await prompt([fakePrompts()[0]!]);
    const unknown = at('prompt-scope-https://www.googleapis.com/auth/tasks.experimental').closest('label');
    expect(unknown?.textContent).toContain('https://www.googleapis.com/auth/tasks.experimental');
    expect(unknown?.textContent).toContain('Unknown');
    expect(unknown?.textContent).toContain('New');
    expect(at('prompt-scope-email').closest('label')?.textContent).not.toContain('New');
  });

  test('a released token and a browser’s request are warned about', async () => {
    await prompt([fakePrompts()[1]!]);
    expect(at('prompt-delivery').textContent).toContain('runs out by itself within 8 hours');
    expect(at('prompt-warnings').textContent).toContain('A web browser brought this request');
    expect(at('prompt-redirect').textContent).toContain('127.0.0.1:8912');
  });

  test('an action at a terminal is a question with yes or no', async () => {
    const opened = await prompt([fakePrompts()[2]!]);
    expect(at('prompt-app').textContent).toBe('Restore a backup?');
    await settle(STILL_MILLISECONDS);
    await press(opened, 'prompt-allow');
    expect(asked(opened.fake, 'request_decide')[0]?.choice).toEqual({
      choice: 'allow',
      account: '',
      scopes: [],
      delivery: 'gateway',
      duration: { for: 'once' },
    });
  });

  test('asks nothing but what the prompt window may ask', async () => {
    const { fake } = await prompt();
    fake.emit({ event: 'changed' });
    await settle(1_000);
    expect(new Set(fake.asked.map(({ ask }) => ask))).toEqual(
      new Set(['request_list', 'settings_list', 'status']),
    );
  });

  test('a refusal is shown with its id', async () => {
    const opened = await prompt();
    opened.fake.failNext.set(
      'request_decide',
      failure('internal', 'The vault is full.', 'Make room.', 'f-1'),
    );
    await press(opened, 'prompt-deny');
    expect(at('failure').textContent).toContain('The vault is full.');
    expect(at('failure-id').textContent).toBe('f-1');
  });

  test('the oldest is first, and how many wait is said', async () => {
    const [one, two] = [accessPrompt('p-1'), accessPrompt('p-2')];
    await prompt([{ ...one, asked_at: one.asked_at + 5 }, two]);
    expect(at('prompt').dataset.prompt).toBe('p-2');
    expect(at('prompt-count').textContent).toBe('1 of 2');
  });
});
