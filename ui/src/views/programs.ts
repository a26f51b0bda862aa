/** Which programs are shown, and in which order. */
import { scopeInWords } from '../i18n/said';
import type { AppView, ScopeView } from '../backend/control';
import { byName } from '../i18n/format';

export type Sort = 'used' | 'name' | 'granted' | 'risk';
export type Show = 'all' | 'live' | 'allowed' | 'refused' | 'unused';

export const SORTS: readonly Sort[] = ['used', 'name', 'granted', 'risk'];
export const SHOWS: readonly Show[] = ['all', 'live', 'allowed', 'refused', 'unused'];

const UNUSED_SECONDS = 30 * 86_400;
const RISKS = { low: 1, medium: 2, high: 3 } as const;

/** Everything that is said of a program and can be searched for. */
function said(app: AppView): string {
  return [
    app.name,
    app.client_id,
    app.evidence?.file,
    app.evidence?.script,
    ...app.consents.flatMap((consent) => [
      consent.account_label,
      ...consent.scopes.map((scope) => scopeInWords(scope)),
    ]),
  ]
    .join(' ')
    .toLocaleLowerCase();
}

export function chosen(
  apps: readonly AppView[],
  live: ReadonlySet<string>,
  words: string,
  show: Show,
  sort: Sort,
  now: number,
): AppView[] {
  const wanted = words.trim().toLocaleLowerCase();
  return apps
    .filter((app) => shows(app, live, show, now) && (wanted === '' || said(app).includes(wanted)))
    .sort((one, other) => order(one, other, sort));
}

function shows(app: AppView, live: ReadonlySet<string>, show: Show, now: number): boolean {
  switch (show) {
    case 'all':
      return true;
    case 'live':
      return live.has(app.id);
    case 'allowed':
      return allows(app);
    case 'refused':
      return app.consents.some((consent) => !consent.allows);
    case 'unused':
      return allows(app) && (app.last_used ?? 0) < now - UNUSED_SECONDS;
  }
}

function order(one: AppView, other: AppView, sort: Sort): number {
  const names = () => byName(one.name, other.name);
  switch (sort) {
    case 'name':
      return names();
    case 'used':
      return (other.last_used ?? 0) - (one.last_used ?? 0) || names();
    case 'granted':
      return granted(other) - granted(one) || names();
    case 'risk':
      return reach(other) - reach(one) || names();
  }
}

export const allows = (app: AppView): boolean => app.consents.some((consent) => consent.allows);

/** When it was last allowed something. */
export const granted = (app: AppView): number =>
  Math.max(0, ...app.consents.filter((consent) => consent.allows).map((consent) => consent.since));

/** How bad it would be if the program were bad. */
function reach(app: AppView): number {
  return Math.max(
    0,
    ...scopesOf(app).map((scope) => RISKS[scope.risk] + (scope.access === 'write' ? 0.5 : 0)),
  );
}

export function scopesOf(app: AppView): ScopeView[] {
  return app.consents.filter((consent) => consent.allows).flatMap((consent) => consent.scopes);
}

/** The accounts it may use. */
export function accountsOf(app: AppView): string[] {
  return [
    ...new Set(app.consents.filter((consent) => consent.allows).map((consent) => consent.account_label)),
  ];
}
