import { screen, within } from '@testing-library/svelte';
import { describe, expect, test } from 'vitest';

import { fakeActivity } from '../src/backend/fake-data';
import { asked, at, open, press, settle } from './window';

describe('activity', () => {
  test('is searched at the broker, with prefixes and a time', async () => {
    const opened = await open();
    await press(opened, 'nav-activity');
    await opened.user.type(at('activity-filter'), 'app:gh kind:failed insufficient_scope');
    await opened.user.selectOptions(at('activity-range'), 'week');
    await settle(500);
    expect(asked(opened.fake, 'activity_query').at(-1)).toMatchObject({
      before: null,
      filter: {
        app: 'gh',
        kind: 'failed',
        words: [{ word: 'insufficient_scope' }],
        since: expect.any(Number),
      },
    });
    expect(screen.getAllByTestId(/^event-/)).toHaveLength(1);
  });

  test('says scopes in words, which the search finds, and tells no ids', async () => {
    const opened = await open();
    await press(opened, 'nav-activity');
    expect(at('event-200').textContent).toContain('Handed out: Read and write all your repositories');
    await press(opened, 'open-event-200');
    expect(at('why').textContent).toContain('You allowed it.');
    expect(at('why').textContent).not.toContain('con-1');
    expect(screen.getByText('con-1'), 'where it can be copied').toBeTruthy();
    await opened.user.keyboard('{Escape}');
    await opened.user.type(at('activity-filter'), 'kind:token.issued repositories');
    await settle(500);
    expect(asked(opened.fake, 'activity_query').at(-1)?.filter.words).toEqual([
      { word: 'repositories', scopes: ['repo', 'workflow'] },
    ]);
    expect(at('event-200')).toBeTruthy();
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
    expect(at('why').textContent).toContain('insufficient_scope');
    expect(at('failure-id').textContent).toBe('f-0A93PX');
    await press(opened, 'make-rule');
    expect(at('edit-save')).toBeTruthy();
    expect(at('nav-programs').getAttribute('aria-current')).toBe('page');
  });

  test('without a rule yet, it can be refused for good', async () => {
    const opened = await open({ apps: [] });
    await press(opened, 'nav-activity');
    await press(opened, 'open-event-200');
    expect(at('why').textContent?.trim()).toMatch(/You allowed it\.$/);
    await press(opened, 'make-rule');
    expect(at('no-rule').textContent).toContain('It has no rule yet');
    await press(opened, 'refuse');
    expect(asked(opened.fake, 'app_refuse')).toHaveLength(1);
    expect(at('refused').textContent).toContain('does not ask any more');
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
        filter: { app: 'gh', words: [{ word: "it's" }] },
      },
    ]);
    expect(at('toast').textContent).toContain('/home/mira/activity.csv');
  });
});
