/** What the person has set and an administrator has laid down, in the fake; and how it searches and explains. */
import type {
  ActivityCount,
  ActivityFilter,
  ActivityView,
  Finding,
  PolicyView,
  RouteExplained,
  RouteView,
  Said,
  SettingKind,
  SettingView,
  Whereabouts,
  Word,
} from './control';
import { linesOf, named, type Told } from './fake-said';

const onOff: SettingKind = { is: 'switch' };
const number = (least: number, most: number, unit: string): SettingKind => ({
  is: 'number',
  least,
  most,
  unit,
});

const seed: [key: string, words: string, value: string, kind: SettingKind][] = [
  ['lock.idle_minutes', 'Lock after so many idle minutes; 0 never does.', '0', number(0, 1440, 'minutes')],
  ['lock.on_sleep', 'Lock before the computer sleeps.', 'on', onOff],
  ['lock.with_screen', 'Lock when the screen is locked.', 'on', onOff],
  ['presence.release', 'Ask for the passphrase before a release.', 'off', onOff],
  ['presence.high_risk', 'Ask for the passphrase before a high risk.', 'off', onOff],
  ['prompt.seconds', 'How long a question waits.', '120', number(30, 600, 'seconds')],
  ['prompt.phrase', 'A few words of your own.', '', { is: 'private', most: 60 }],
  ['consent.lapse_days', 'Withdraw what was not used.', '90', number(0, 3650, 'days')],
  ['consent.high_risk_minutes', 'Ask anew for scopes of high risk.', '0', number(0, 1440, 'minutes')],
  ['activity.keep_days', 'Keep what happened for so many days.', '365', number(7, 3650, 'days')],
  ['activity.keep_events', 'Keep at most so many events.', '100000', number(1000, 1_000_000, 'events')],
  ['desktop.language', 'The language.', 'system', { is: 'choice', words: ['system', 'en', 'de'] }],
  ['desktop.theme', 'The look.', 'system', { is: 'choice', words: ['system', 'light', 'dark'] }],
  ['desktop.tray', 'A sign in the tray.', 'on', { is: 'switch' }],
  ['desktop.notifications', 'Notifications.', 'on', { is: 'switch' }],
];

const millPolicy: Said = { message: 'policy.of', with: { who: 'Mill IT' } };
const [always, alwaysSaid] = named('rule.asks_always', { policy: millPolicy });

export const fakeSettings = (): SettingView[] =>
  seed.map(([key, words, value, kind]) => ({
    key,
    words,
    kind,
    value,
    default: value,
    set: false,
    guard: key.startsWith('desktop.') ? 'free' : 'loosening',
    ...(key === 'presence.release' ? { fixed: always, fixed_said: alwaysSaid } : { fixed: '' }),
  }));

function rules() {
  const before: Said = { message: 'rule.release', with: {} };
  const [rules, rules_said] = linesOf([
    named('rule.passphrase_before', { what: before }),
    named('rule.longest', { minutes: '43200' }),
  ]);
  return { rules, rules_said };
}

export const fakePolicy = (): PolicyView => ({
  file: '/etc/keylodge/policy.toml',
  present: true,
  set_by: 'Mill IT',
  contact: 'it@mill.example',
  broken: '',
  ...rules(),
});

export const fakeRoutes = (): RouteView[] => [
  {
    id: 'route-1',
    account: 'acc-google-work',
    account_label: 'Work',
    provider: 'google',
    when: { directory: '/home/mira/mill', repository: null, host: null, program: null },
    note: 'Everything for the mill',
  },
  {
    id: 'route-2',
    account: 'acc-github',
    account_label: 'GitHub',
    provider: 'github',
    when: { directory: null, repository: 'github.com/mira-keller/*', host: null, program: 'git' },
    note: '',
  },
];

function finding([what, what_said]: Told, fine: boolean, [sentence, said]: Told): Finding {
  return { what, what_said, fine, sentence, said };
}

export const fakeFindings = (): Finding[] => [
  finding(named('finding.vault'), true, named('finding.open')),
  finding(named('finding.keyring'), true, named('finding.answers')),
  finding(
    named('finding.runtime_directory'),
    false,
    named('finding.open_to_others', { path: '/run/user/1000/keylodge' }),
  ),
  finding(
    named('finding.loopback'),
    true,
    named('finding.addresses', { url: 'http://127.0.0.1:5395', socket: '/run/user/1000/keylodge/api.sock' }),
  ),
  finding(named('finding.memory'), true, named('finding.out_of_swap')),
];

/** Whether an event fits a filter, as the broker reads it. */
export function fits(filter: ActivityFilter): (event: ActivityView) => boolean {
  const part = (wanted: string | undefined, ...texts: (string | null)[]) =>
    wanted === undefined ||
    texts.some((text) => text?.toLocaleLowerCase().includes(wanted.toLocaleLowerCase()));
  return (event) =>
    part(filter.app, event.app, event.app_name) &&
    part(filter.account, event.account, event.account_label) &&
    part(filter.scope, ...event.scopes) &&
    (filter.kind === undefined || event.kind.startsWith(filter.kind)) &&
    part(filter.text, event.sentence) &&
    (filter.words ?? []).every((word) => shows(event, word)) &&
    event.at >= (filter.since ?? 0) &&
    event.at < (filter.until ?? Infinity);
}

/** What a window shows of an event holds a word: its sentence in the window's language, or a name. */
function shows(event: ActivityView, { word, messages, scopes }: Word): boolean {
  if (scopes?.some((scope) => event.scopes.includes(scope))) return true;
  const holds = (text: string | null) => (text ?? '').toLowerCase().includes(word.toLowerCase());
  if (holds(event.app_name) || holds(event.account_label)) return true;
  if (messages === undefined || event.said === undefined) return holds(event.sentence);
  const says = (said: Said): boolean =>
    messages.includes(said.message) ||
    Object.values(said.with).some((filling) =>
      typeof filling === 'string' ? holds(filling) : says(filling),
    );
  return says(event.said);
}

/** How many events there were for each stretch of time and kind, oldest first. */
export function counted(events: readonly ActivityView[], seconds: number): ActivityCount[] {
  const counts = new Map<string, ActivityCount>();
  for (const { at, kind, tone } of events) {
    const from = at - (at % seconds);
    const key = `${from} ${kind} ${tone}`;
    counts.set(key, { from, kind, tone, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((one, other) => one.from - other.from);
}

/** Knows directories only: enough to show the page. */
export function explained(routes: readonly RouteView[], at: Whereabouts): RouteExplained {
  const says = routes.map((route) => {
    const { directory } = route.when;
    const there = at.directory ?? '';
    if (directory === null || !there.startsWith(directory)) return { route, fits: false, why: '' };
    const [why, why_said] = named('route.in_directory', { there, wanted: directory });
    return { route, fits: true, why, why_said };
  });
  const lead = says.find((one) => one.fits);
  const [sentence, said] = lead?.why_said
    ? named('route.taken', { account: lead.route.account_label, why: lead.why_said })
    : named('route.none_fits');
  return { leads: lead?.route.id ?? null, sentence, said, routes: says };
}
