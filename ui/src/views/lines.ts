/** The lines of the activity page: headings and events, in the order that the person chose. */
import type { ActivityView } from '../backend/control';
import { groupBy } from '../components/group';
import { t } from '../i18n';
import { day } from '../i18n/format';

export type Order = 'time' | 'program';
export const ORDERS: readonly Order[] = ['time', 'program'];

export type Line =
  | { readonly is: 'heading'; readonly key: string; readonly name: string; readonly count: number }
  | { readonly is: 'part'; readonly key: string; readonly name: string; readonly count: number }
  | { readonly is: 'event'; readonly key: string; readonly event: ActivityView };

export function lines(events: readonly ActivityView[], order: Order): Line[] {
  return order === 'time' ? byTime(events) : byProgram(events);
}

/** Day → event. Events of one day stand together, so a day's name is worked out once for each day. */
function byTime(events: readonly ActivityView[]): Line[] {
  return inRuns(events, (event) => new Date(event.at * 1000).toDateString()).flatMap(([date, of]) => [
    { is: 'heading', key: `day ${date}`, name: day(of[0]?.at ?? 0), count: of.length } as const,
    ...of.map(line),
  ]);
}

/** Neighbours with the same key, together. */
function inRuns<T>(items: readonly T[], keyOf: (item: T) => string): [string, T[]][] {
  const runs: [string, T[]][] = [];
  for (const item of items) {
    const key = keyOf(item);
    const last = runs.at(-1);
    if (last?.[0] === key) last[1].push(item);
    else runs.push([key, [item]]);
  }
  return runs;
}

/** Program → account → event. */
function byProgram(events: readonly ActivityView[]): Line[] {
  return groupBy(events, (event) => event.app_name ?? '').flatMap(([app, ofApp]) => [
    { is: 'heading', key: `app ${app}`, name: app || t.activity.noProgram, count: ofApp.length } as const,
    ...groupBy(ofApp, (event) => event.account_label ?? '').flatMap(([account, ofAccount]) => [
      {
        is: 'part',
        key: `app ${app} account ${account}`,
        name: account || t.activity.noAccount,
        count: ofAccount.length,
      } as const,
      ...ofAccount.map(line),
    ]),
  ]);
}

const line = (event: ActivityView): Line => ({ is: 'event', key: `event ${event.id}`, event });
