import { describe, expect, test } from 'vitest';

import { fakeProviders } from '../src/backend/fake-data';
import { asked, at, maybe, open, press, settle, type Opened } from './window';

const DAY = 86_400;
/** The first moment of the day that lies so far ahead, as it is typed and as it is kept (UTC). */
function day(ahead: number): { typed: string; kept: number } {
  const typed = new Date(Date.now() + ahead * DAY * 1000).toISOString().slice(0, 10);
  return { typed, kept: Date.parse(typed) / 1000 };
}

async function choose(opened: Opened, testid: string, option: string) {
  await opened.user.selectOptions(at(testid), option);
  await settle();
}

describe('what a person knows of their client id', () => {
  test('is asked with it, and kept as soon as the account is there', async () => {
    const opened = await open();
    const ends = day(400);
    await press(opened, 'add-account');
    await press(opened, 'provider-google');
    await opened.user.type(at('client-id'), 'my-id');
    expect(maybe('secret-ends'), 'without a secret there is no day').toBeNull();
    await opened.user.type(at('client-secret'), 'my-secret');
    await opened.user.type(at('secret-ends'), ends.typed);
    await choose(opened, 'client-testing', 'testing');
    expect(at('client-warning').textContent).toContain('after 7 days');
    await press(opened, 'sign-in');
    expect(asked(opened.fake, 'provider_client')).toEqual([]);
    await settle(10);
    await press(opened, 'sign-in-done');
    expect(asked(opened.fake, 'provider_client')).toEqual([
      { ask: 'provider_client', provider: 'google', secret_ends: ends.kept, testing: true },
    ]);
  });

  test('is shown back, warned of before it hurts, and changed without a sign-in', async () => {
    const [soon, later] = [day(12), day(400)];
    const providers = fakeProviders().map((provider) =>
      provider.id === 'github'
        ? { ...provider, client_known: { has_secret: true, secret_ends: soon.kept, testing: null } }
        : provider,
    );
    const opened = await open({ providers });
    await press(opened, 'add-account');
    await press(opened, 'provider-github');
    const field = at('secret-ends') as HTMLInputElement;
    expect(field.value).toBe(soon.typed);
    expect(at('client-warning').textContent).toMatch(/ends in 1[12] days/);
    expect(maybe('client-testing'), 'GitHub has no testing mode').toBeNull();
    expect(maybe('client-keep'), 'nothing to keep yet').toBeNull();
    await opened.user.clear(field);
    await opened.user.type(field, later.typed);
    expect(maybe('client-warning')).toBeNull();
    await press(opened, 'client-keep');
    expect(asked(opened.fake, 'provider_client')).toEqual([
      { ask: 'provider_client', provider: 'github', secret_ends: later.kept, testing: null },
    ]);
    expect((at('secret-ends') as HTMLInputElement).value).toBe(later.typed);
    expect(maybe('client-keep')).toBeNull();
  });

  test('that has ended already is said so', async () => {
    const providers = fakeProviders().map((provider) => ({
      ...provider,
      client_known: { has_secret: true, secret_ends: day(-3).kept, testing: null },
    }));
    const opened = await open({ providers });
    await press(opened, 'add-account');
    await press(opened, 'provider-github');
    expect(at('client-warning').textContent).toContain('has ended');
  });
});
