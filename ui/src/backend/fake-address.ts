/** Chooses a state of the fake by the page's address, e.g. `?fake=first&page=activity&lang=de&theme=dark`. */
import { languageOf, speak } from '../i18n';
import { pseudo } from '../i18n/pseudo';
import type { Page } from './control';
import { accessPrompt, evidence, fakeActivity, fakeApps, fakeRelease } from './fake-data';
import { FakeBackend, type FakeOptions } from './fake';
import { named, refusal } from './fake-said';

const inSources = named('route.in_directory', {
  there: '/home/mira/src/release-notes',
  wanted: '/home/mira/src',
});
const released = named('because.release', { consent: 'con-2' });
const [noKeyring, noKeyringSaid] = named('keyring.silent');
const [mistake, mistakeSaid] = named('policy.mistake', {
  line: '3',
  why: 'unknown field `forever`',
});
const [elsewhere, elsewhereSaid] = named('evidence.forwarded', { name: 'sshd' });

/** What the person's settings and an administrator's policy can add to a question. */
const demanding = accessPrompt('p-d', {
  app_name: 'Rеlease-notes',
  delivery: 'release',
  ...fakeRelease(),
  passphrase: { release: true, high_risk: false, always: false },
  conditions: {
    session: '/dev/pts/3',
    directory: '/home/mira/src/release-notes',
    host: null,
    forwarded: false,
  },
  looks_like: ['release-notes'],
  route: inSources[0],
  route_said: inSources[1],
  because: released[0],
  because_said: released[1],
});

const states: Record<string, FakeOptions> = {
  first: { status: { vault: 'absent', demo: false }, accounts: [], apps: [], activity: [], prompts: [] },
  'no-keyring': {
    status: {
      vault: 'absent',
      demo: false,
      keyring: { is: 'unavailable', why: noKeyring, said: noKeyringSaid },
    },
    accounts: [],
    apps: [],
    activity: [],
    prompts: [],
  },
  locked: { status: { vault: 'locked_by_passphrase' } },
  'locked-keyring': { status: { vault: 'locked_by_keyring' }, prompts: [] },
  empty: { status: { demo: false }, accounts: [], apps: [], activity: [], prompts: [] },
  calm: { prompts: [] },
  waits: { signIn: 'waits' },
  fails: { signIn: 'fails' },
  demands: { prompts: [demanding], phrase: 'seven blue herons' },
  'no-policy': {
    policy: {
      file: '/etc/keylodge/policy.toml',
      present: false,
      set_by: '',
      contact: '',
      broken: '',
      rules: [],
    },
  },
  'broken-policy': {
    policy: {
      file: '/etc/keylodge/policy.toml',
      present: true,
      set_by: '',
      contact: '',
      broken: mistake,
      broken_said: mistakeSaid,
      rules: [],
    },
  },
  hostile: {
    prompts: [
      accessPrompt('p-h', {
        app_name: `\u202Egpj.exe ${'A'.repeat(10_000)}`,
        purpose: `<img src=x onerror=alert(1)> ${'лонг '.repeat(600)}`,
        evidence: evidence({
          file: `/home/${'x'.repeat(4000)}/bin`,
          command_line: 'y'.repeat(5000),
          started_by: Array.from({ length: 60 }, (_, n) => `parent-${n}`),
          warning: elsewhere,
          warning_said: elsewhereSaid,
        }),
      }),
    ],
  },
};

/** What pages read when they open. */
const LISTS = [
  'account_list',
  'app_list',
  'activity_query',
  'provider_list',
  'route_list',
  'settings_list',
  'policy_show',
  'diagnostics',
] as const;

const MANY_PROGRAMS = 1_000;
const MANY_EVENTS = 100_000;

/** As much as a long life brings together. */
function many(): FakeOptions {
  const [apps, activity] = [fakeApps(), fakeActivity()];
  return {
    prompts: [],
    apps: Array.from({ length: MANY_PROGRAMS }, (_, n) => {
      const app = apps[n % apps.length]!;
      const consents = app.consents.map((consent) => ({
        ...consent,
        id: `${consent.id}-${n}`,
        app: `app-${n}`,
      }));
      return { ...app, id: `app-${n}`, name: `${app.name} ${n}`, consents };
    }),
    activity: Array.from({ length: MANY_EVENTS }, (_, n) => {
      const event = activity[n % activity.length]!;
      return { ...event, id: MANY_EVENTS - n, at: activity[0]!.at - n * 300 };
    }),
  };
}

export function fakeFromAddress(address: Location): FakeBackend {
  const asked = new URLSearchParams(address.search);
  const named = asked.get('fake') ?? '';
  const state = named === 'many' ? many() : (states[named] ?? {});
  const language = asked.get('lang');
  if (language) speak(language === 'rtl' ? pseudo() : languageOf(language));
  const fake = new FakeBackend({
    pace: Number(asked.get('pace') ?? 400),
    ...state,
    page: (asked.get('page') ?? 'accounts') as Page,
    theme: asked.get('theme') ?? 'system',
    window: asked.get('window') === 'prompt' ? 'prompt' : 'main',
  });
  if (asked.get('fake') === 'broken')
    for (const ask of LISTS) fake.failNext.set(ask, refusal('internal', 'refusal.vault_io', { why: 'EIO' }));
  return fake;
}
